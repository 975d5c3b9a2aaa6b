//! Laws of the update on a backend.

use super::subject::Batches;
use crate::backend::{
    Backend, Contraction, Dims, LayerPlan, Operands, PassInput, Sums, Workspace, buffer_of, host_of,
};
use crate::geometry::{ConvGeometry, ImageShape, Window};
use crate::plan::{Competition, Output, Reduction, Similarity};
use crate::rule::{Law, Lowering};
use crate::testing::oracle::{self, OracleBatch};
use crate::testing::{Bounded, compare};

/// Checks a law of the update.
pub(super) fn law<B: Backend>(backend: &B, law: Law, case: &Batches) -> Result<(), String> {
    match law {
        Law::PatchOrder => patch_order(backend, case),
        Law::ChannelPermutation => channel_permutation(backend, case),
        Law::UnitPermutation => unit_permutation(backend, case),
        Law::Additive => additive(backend, case),
        Law::SilentUnitsRest => silent_units_rest(backend, case),
        Law::RestsAtMean => rests_at_mean(backend, &case.plan.lowering),
        Law::RestsAtPrincipalDirection => rests_at_principal_direction(backend, &case.plan.lowering),
        Law::OrthonormalRows => orthonormal_rows(backend, &case.plan.lowering),
    }
}

/// Checks that a backend's update in the rule's own setting lies within the bounds of the oracle.
pub(super) fn agrees<B: Backend>(backend: &B, case: &Batches) -> Result<(), String> {
    compare("the update", &expected(case)?, &update(backend, case)?)
}

fn patch_order<B: Backend>(backend: &B, case: &Batches) -> Result<(), String> {
    let mut reversed = case.clone();
    reversed.batch.input = reverse_rows(&case.batch.input, case.plan.geometry.patch_len());
    reversed.batch.teacher = reverse_rows(&case.batch.teacher, case.plan.units);
    compare(
        "the update of the reversed batch",
        &expected(case)?,
        &update(backend, &reversed)?,
    )
}

fn channel_permutation<B: Backend>(backend: &B, case: &Batches) -> Result<(), String> {
    let len = case.plan.geometry.patch_len();
    let mut permuted = case.clone();
    permuted.batch.input = reverse_columns(&case.batch.input, len);
    permuted.batch.weights = reverse_columns(&case.batch.weights, len);
    let found = reverse_columns(&update(backend, &permuted)?, len);
    compare(
        "the permuted update of the permuted channels",
        &expected(case)?,
        &found,
    )
}

fn unit_permutation<B: Backend>(backend: &B, case: &Batches) -> Result<(), String> {
    // On a grid units have positions, and a permutation changes which of tied units comes first.
    if matches!(case.plan.competition, Competition::Lateral { .. }) {
        return Ok(());
    }
    let (units, len) = (case.plan.units, case.plan.geometry.patch_len());
    let mut permuted = case.clone();
    permuted.batch.weights = reverse_rows(&case.batch.weights, len);
    permuted.batch.teacher = reverse_columns(&case.batch.teacher, units);
    permuted.batch.states = reverse_columns(&case.batch.states, units);
    let found = reverse_rows(&update(backend, &permuted)?, len);
    compare(
        "the permuted update of the permuted units",
        &expected(case)?,
        &found,
    )
}

fn additive<B: Backend>(backend: &B, case: &Batches) -> Result<(), String> {
    let (units, len) = (case.plan.units, case.plan.geometry.patch_len());
    let half = case.batch.images / 2;
    let part = |images: std::ops::Range<usize>| {
        let mut part = case.clone();
        part.batch.images = images.len();
        part.batch.input = case.batch.input[images.start * len..images.end * len].to_vec();
        part.batch.teacher = case.batch.teacher[images.start * units..images.end * units].to_vec();
        part
    };
    let (first, second) = (part(0..half), part(half..case.batch.images));
    let parts = expected(&first)?
        .into_iter()
        .zip(expected(&second)?)
        .map(|(a, b)| a + b);
    compare(
        "the update of both batches",
        &parts.collect::<Vec<_>>(),
        &update(backend, case)?,
    )
}

fn silent_units_rest<B: Backend>(backend: &B, case: &Batches) -> Result<(), String> {
    let mut inactive = case.clone();
    inactive.plan.competition = Competition::HardWta;
    let mut thresholds = vec![0.0; case.plan.units];
    if let [first, _, ..] = &mut thresholds[..] {
        *first = 1e6;
    } else {
        return Ok(());
    }
    inactive.batch.thresholds = Some(thresholds);
    let delta = update(backend, &inactive)?;
    match delta[..case.plan.geometry.patch_len()].iter().all(|d| *d == 0.0) {
        true => Ok(()),
        false => Err("a unit that never won changed its weights".to_owned()),
    }
}

/// Two clusters with a unit at each mean: the nearest unit wins, and its teacher signal is 1.
fn rests_at_mean<B: Backend>(backend: &B, lowering: &Lowering) -> Result<(), String> {
    let plan = dense(lowering, 2, 2, Similarity::Nearest, Competition::HardWta)?;
    let batch = OracleBatch {
        images: 4,
        input: vec![4.0, 1.0, 6.0, -1.0, -4.0, 2.0, -6.0, 4.0],
        weights: vec![5.0, 0.0, -5.0, 3.0],
        thresholds: None,
        states: vec![0.0; lowering.states.len() * 2],
        teacher: vec![1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0],
    };
    let delta = update(backend, &summed(plan, batch))?;
    // The decay of a trace is not a dyadic number, so that the update rounds.
    compare(
        "the update at the means",
        &[Bounded {
            value: 0.0,
            error: 1e-5,
        }; 4],
        &delta,
    )
}

/// Orthonormal directions q_k of patches ±σ_k q_k: half the rows of a Hadamard matrix.
const DIRECTIONS: [[f32; 4]; 4] = [
    [0.5, 0.5, 0.5, 0.5],
    [0.5, -0.5, 0.5, -0.5],
    [0.5, 0.5, -0.5, -0.5],
    [0.5, -0.5, -0.5, 0.5],
];
const DEVIATIONS: [f32; 4] = [2.0, 1.5, 1.0, 0.5];

fn directed_patches() -> Vec<f32> {
    let signed = |(direction, deviation): (&[f32; 4], f32)| {
        let patch = direction.map(|v| deviation * v);
        [patch, patch.map(|v| -v)].concat()
    };
    DIRECTIONS.iter().zip(DEVIATIONS).flat_map(signed).collect()
}

fn rests_at_principal_direction<B: Backend>(backend: &B, lowering: &Lowering) -> Result<(), String> {
    let plan = dense(lowering, 1, 4, Similarity::Dot, Competition::None)?;
    let batch = OracleBatch {
        images: 8,
        input: directed_patches(),
        weights: DIRECTIONS[0].to_vec(),
        thresholds: None,
        states: vec![0.0; lowering.states.len()],
        teacher: vec![0.0; 8],
    };
    let delta = update(backend, &summed(plan, batch))?;
    compare(
        "the update at the principal direction",
        &[Bounded::exact(0.0); 4],
        &delta,
    )
}

fn orthonormal_rows<B: Backend>(backend: &B, lowering: &Lowering) -> Result<(), String> {
    let plan = dense(lowering, 3, 4, Similarity::Dot, Competition::None)?;
    let weights = vec![0.3, -0.1, 0.2, 0.1, 0.1, 0.2, -0.3, 0.2, -0.2, 0.4, 0.1, 0.3];
    let batch = OracleBatch {
        images: 8,
        input: directed_patches(),
        weights,
        thresholds: None,
        states: Vec::new(),
        teacher: vec![0.0; 24],
    };
    let mut case = summed(plan, batch);
    for _ in 0..600 {
        let delta = update(backend, &case)?;
        case.batch
            .weights
            .iter_mut()
            .zip(delta)
            .for_each(|(w, delta)| *w += 0.04 * delta);
    }
    for (row, direction) in case.batch.weights.chunks_exact(4).zip(DIRECTIONS) {
        let cosine: f32 = row.iter().zip(direction).map(|(w, q)| w * q).sum();
        let norm: f32 = row.iter().map(|w| w * w).sum();
        if (cosine.abs() - 1.0).abs() > 1e-3 || (norm - 1.0).abs() > 1e-3 {
            return Err(format!(
                "the rows converge to {:?}, not to the eigenvectors",
                case.batch.weights
            ));
        }
    }
    Ok(())
}

fn summed(plan: LayerPlan, batch: OracleBatch) -> Batches {
    Batches {
        plan,
        batch,
        reduction: Reduction::Sum,
    }
}

fn dense(
    lowering: &Lowering,
    units: usize,
    len: usize,
    similarity: Similarity,
    competition: Competition,
) -> Result<LayerPlan, String> {
    let geometry = ConvGeometry::new(ImageShape::new(len, 1, 1), Window::square(1));
    Ok(LayerPlan {
        geometry: geometry.map_err(|error| error.to_string())?,
        units,
        similarity,
        competition,
        lowering: lowering.clone(),
        output: Output::Raw,
        pool: None,
    })
}

/// ΔW of the batch, with bounds.
fn expected(case: &Batches) -> Result<Vec<Bounded>, String> {
    let (plan, batch) = (&case.plan, &case.batch);
    let sums = oracle::pass(plan, batch).map_err(|error| error.to_string())?;
    let parts = [&sums.hebb[..], &sums.decay, &sums.weight];
    Ok(oracle::contract(plan, batch, case.reduction, None, parts))
}

/// ΔW of the batch, by the backend.
fn update<B: Backend>(backend: &B, case: &Batches) -> Result<Vec<f32>, String> {
    try_update(backend, case).map_err(|error| format!("the backend failed: {error}"))
}

fn try_update<B: Backend>(backend: &B, case: &Batches) -> crate::Result<Vec<f32>> {
    let (plan, batch) = (&case.plan, &case.batch);
    let (input, weights) = (
        buffer_of(backend, &batch.input)?,
        buffer_of(backend, &batch.weights)?,
    );
    let (states, teacher) = (
        buffer_of(backend, &batch.states)?,
        buffer_of(backend, &batch.teacher)?,
    );
    let thresholds = batch
        .thresholds
        .as_ref()
        .map(|b| buffer_of(backend, b))
        .transpose()?;
    let operands = Operands {
        thresholds: thresholds.as_ref(),
        states: Some(&states),
        teacher: Some(&teacher),
        ..Operands::of(&weights)
    };
    let mut workspace = Workspace::default();
    let mut sums = Sums::new(backend, plan)?;
    let input = PassInput {
        plan,
        images: batch.images,
        values: &input,
        operands,
    };
    backend.pass(input, Some(&mut sums), None, &mut workspace)?;
    let dims = Dims::new(plan.units, plan.geometry.patch_len());
    let mut delta = backend.zeros(dims.len())?;
    let contraction = Contraction {
        plan,
        reduction: case.reduction,
        sums: &sums,
        mask: None,
    };
    backend.contract(contraction, &weights, &mut delta, &mut workspace)?;
    host_of(backend, &delta, dims.len())
}

fn reverse_rows(values: &[f32], len: usize) -> Vec<f32> {
    values.chunks_exact(len).rev().flatten().copied().collect()
}

fn reverse_columns(values: &[f32], len: usize) -> Vec<f32> {
    let rows = values.chunks_exact(len);
    rows.flat_map(|row| row.iter().rev().copied()).collect()
}
