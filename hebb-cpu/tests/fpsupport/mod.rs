//! Values and choices that the tests share.
#![allow(dead_code, unreachable_pub)]

use hebb_core::backend::{Backend, LayerPlan, Operands, Sums, Workspace, buffer_of, host_of};
use hebb_core::plan::{Competition, Output};
use hebb_core::{Result, Seed};
use rand::RngExt;

/// `len` numbers between −1 and 1.
pub fn random(len: usize, seed: u64) -> Vec<f32> {
    let mut stream = Seed::new(seed).stream("test", 0);
    (0..len).map(|_| stream.random_range(-1.0..1.0)).collect()
}

/// Images that are a background of their own but for one value in nine or so.
pub fn events(plan: &LayerPlan, images: usize) -> Vec<f32> {
    let len = plan.geometry.input().len();
    let mut values = random(images * len, 6);
    for (image, values) in values.chunks_exact_mut(len).enumerate() {
        let ground = image as f32 / 4.0 - 0.7;
        values
            .iter_mut()
            .filter(|value| value.abs() < 0.9)
            .for_each(|value| *value = ground);
    }
    values
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

/// Fails where two outcomes differ by more than rounding; of Hebb sums only the `kept` ones count.
pub fn compare(plan: &LayerPlan, kept: Option<&[f32]>, expected: &Outcome, found: &Outcome) {
    for (part, (expected, found)) in expected.iter().zip(found).enumerate() {
        let scale = expected.iter().fold(1.0f32, |max, v| max.max(v.abs()));
        for (index, (a, b)) in expected.iter().zip(found).enumerate() {
            let counts = part > 0 || kept.is_none_or(|kept| kept[index] > 0.0);
            let near = (a - b).abs() <= 2e-5 * scale;
            assert!(!counts || near, "part {part} at {index}: {b}, not {a}; {plan:?}");
        }
    }
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

/// Temporary: bits of results.
pub fn fingerprint(label: &str, values: &[&[f32]]) {
    use std::io::Write;
    let mut hash = 0xcbf29ce484222325u64;
    for v in values.iter().flat_map(|v| v.iter()) {
        hash = (hash ^ u64::from(v.to_bits())).wrapping_mul(0x100000001b3);
    }
    let mut f = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(std::env::var("FINGERPRINTS").unwrap_or("/tmp/cpu/fp.txt".into()))
        .unwrap();
    writeln!(f, "{label} {hash:x}").unwrap();
}
