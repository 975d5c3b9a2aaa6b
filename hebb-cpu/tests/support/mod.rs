//! Values and choices that the tests share.
#![allow(dead_code, unreachable_pub)]

use hebb_core::Seed;
use hebb_core::plan::{Competition, Output};
use rand::RngExt;

/// `len` numbers between −1 and 1.
pub fn random(len: usize, seed: u64) -> Vec<f32> {
    let mut stream = Seed::new(seed).stream("test", 0);
    (0..len).map(|_| stream.random_range(-1.0..1.0)).collect()
}

/// Every output.
pub const OUTPUTS: [Output; 5] = [
    Output::Raw,
    Output::Relu,
    Output::Triangle { power: 1.0 },
    Output::Triangle { power: 0.7 },
    Output::Competition,
];

/// Competitions with at most `units` winners.
pub fn competitions(units: usize) -> Vec<Competition> {
    let k_wta = |k: usize, values, positive| Competition::KWta {
        k: k.min(units),
        values,
        positive,
    };
    vec![
        Competition::None,
        Competition::HardWta,
        k_wta(1, false, true),
        k_wta(1, true, false),
        k_wta(3, true, true),
        k_wta(5, false, false),
        k_wta(usize::MAX, true, false),
        Competition::SoftWta { beta: 2.0 },
        Competition::SignedSoftWta { beta: 1.5 },
        Competition::WinnerResidual { beta: 0.7 },
    ]
}

/// Runs another test of this program in a process that may use fewer instructions, and fails if it fails.
#[allow(clippy::unwrap_used)]
pub fn passes_with(instructions: &str, test: &str) {
    let outcome = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test])
        .env("HEBB_CPU_INSTRUCTIONS", instructions)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&outcome.stdout);
    let passed = outcome.status.success() && told.contains("1 passed");
    assert!(passed, "{test} with {instructions}: {told}");
}
