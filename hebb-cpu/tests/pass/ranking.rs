//! Ties and zeros of both signs rank as in the reference.

use crate::IMAGES;
use crate::plans::base;
use crate::support::random;
use hebb_core::RefBackend;
use hebb_core::backend::{Backend, LayerPlan, Operands, PassInput, Sums, Workspace, buffer_of};
use hebb_core::plan::{Competition, Output};
use hebb_cpu::CpuBackend;

/// Number of patches that each unit wins, without thresholds.
fn wins(plan: &LayerPlan, weights: &[f32], input: &[f32]) -> Vec<f32> {
    let backend = CpuBackend::new();
    let weights = buffer_of(&backend, weights).unwrap();
    let input = buffer_of(&backend, input).unwrap();
    let mut sums = Sums::new(&backend, plan).unwrap();
    let input = PassInput {
        plan,
        images: IMAGES,
        values: &input,
        operands: Operands::of(&weights),
    };
    backend
        .pass(input, Some(&mut sums), None, &mut Workspace::default())
        .unwrap();
    sums.active
}

#[test]
fn of_equal_units_the_first_wins() {
    for units in [2, 20, 101] {
        let plan = LayerPlan { units, ..base() };
        let input = random(IMAGES * plan.geometry.input().len(), 4);
        let mut expected = vec![0.0; units];
        expected[0] = plan.patches(IMAGES) as f32;
        assert_eq!(
            wins(&plan, &vec![0.1; plan.weights()], &input),
            expected,
            "{units} units"
        );
    }
}

#[test]
fn minus_zero_ranks_behind_zero() {
    let plan = base();
    let values = random(IMAGES * plan.geometry.input().len(), 4);
    let input: Vec<f32> = values.iter().map(|value| 1e-30 * (1.0 + value.abs())).collect();
    let mut weights = vec![0.0; plan.weights()];
    // Products that f32 rounds to -0.
    weights[..plan.geometry.patch_len()].fill(-1e-30);
    let mut expected = vec![0.0; plan.units];
    expected[1] = plan.patches(IMAGES) as f32;
    assert_eq!(wins(&plan, &weights, &input), expected);
}

/// Products of such numbers underflow to zeros of both signs.
#[test]
fn zeros_of_both_signs_rank_as_in_the_reference() {
    let weight = |unit: usize| [-1e-30, 1e-30, 0.0][(unit * 7 + 1) % 3];
    for k in [1, 3] {
        let competition = Competition::KWta {
            k,
            values: false,
            positive: false,
        };
        let plan = LayerPlan {
            competition,
            output: Output::Competition,
            pool: None,
            ..base()
        };
        let patch_len = plan.geometry.patch_len();
        let weights: Vec<f32> = (0..plan.weights())
            .map(|index| weight(index / patch_len))
            .collect();
        let input = vec![1e-30; plan.geometry.input().len()];
        let len = plan.output_shape().unwrap().len();
        let reference = respond(&RefBackend, &plan, &weights, &input, len);
        assert_eq!(
            respond(&CpuBackend::new(), &plan, &weights, &input, len),
            reference,
            "{k}"
        );
    }
}

/// The output for one image.
fn respond<B: Backend>(
    backend: &B,
    plan: &LayerPlan,
    weights: &[f32],
    input: &[f32],
    len: usize,
) -> Vec<f32> {
    let (weights, input) = (
        buffer_of(backend, weights).unwrap(),
        buffer_of(backend, input).unwrap(),
    );
    let mut output = backend.zeros(len).unwrap();
    let input = PassInput {
        plan,
        images: 1,
        values: &input,
        operands: Operands::of(&weights),
    };
    backend
        .pass(input, None, Some(&mut output), &mut Workspace::default())
        .unwrap();
    let mut host = vec![0.0; len];
    backend.download(&output, &mut host).unwrap();
    host
}
