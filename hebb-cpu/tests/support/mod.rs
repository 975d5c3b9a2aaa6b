//! Values and choices that the tests share.
#![allow(dead_code, unreachable_pub)]

use hebb_core::backend::{Backend, Operands, Sums, Workspace, buffer_of, host_of};
use hebb_core::plan::{Competition, LayerPlan, Output};
use hebb_core::{Result, Seed};
use rand::RngExt;

/// `len` numbers between −1 and 1.
pub fn random(len: usize, seed: u64) -> Vec<f32> {
    let mut stream = Seed::new(seed).stream("test", 0);
    (0..len).map(|_| stream.random_range(-1.0..1.0)).collect()
}

/// Everything that a pass leaves behind: Hebb, decay, weight, active and state sums, and the output.
pub type Outcome = [Vec<f32>; 6];

/// A pass over all images of `input`.
pub fn pass<B: Backend>(
    backend: &B,
    plan: &LayerPlan,
    input: &[f32],
    operands: Operands<'_, B>,
) -> Result<Outcome> {
    let images = input.len() / plan.geometry.input().len();
    let input = buffer_of(backend, input)?;
    let (mut sums, mut workspace) = (Sums::new(backend, plan)?, Workspace::default());
    let mut output = backend.zeros(images * plan.output_shape()?.len())?;
    backend.pass(
        plan,
        images,
        &input,
        operands,
        Some(&mut sums),
        Some(&mut output),
        &mut workspace,
    )?;
    assert_eq!(sums.patches, plan.patches(images));
    let take = |buffer| host_of(backend, buffer, backend.len(buffer));
    Ok([
        take(&sums.hebb)?,
        take(&sums.decay)?,
        take(&sums.weight)?,
        take(&sums.active)?,
        take(&sums.states)?,
        take(&output)?,
    ])
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
