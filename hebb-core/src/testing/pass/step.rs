//! The checks of one step: ΔW and the weights after it.

use super::PassCase;
use super::device::{DeviceCase, Found};
use crate::backend::{Backend, Contraction, Dims, Learned, Step, Workspace, buffer_of, host_of};
use crate::error::Result;
use crate::plan::Constraint;
use crate::testing::oracle::{self, exact};
use crate::testing::{Bounded, compare};

/// The learning rate of every step.
const RATE: f32 = 0.25;

/// Checks ΔW and the weights after a step from the sums of the pass.
pub(super) fn check_step<B: Backend>(
    device: &DeviceCase<'_, B>,
    workspace: &mut Workspace<B>,
    found: &Found,
) -> Result<(), String> {
    let failed = |error: crate::Error| format!("the step failed: {error}");
    let case = device.case;
    let Some([hebb, decay, weight, ..]) = &found.sums else {
        return Err("the pass left no sums".to_owned());
    };
    let [hebb, decay, weight] = [hebb, decay, weight].map(|sum| exact(sum));
    let sums = [&hebb[..], &decay, &weight];
    let expected = oracle::contract(&case.plan, &case.batch, case.reduction, case.mask.as_ref(), sums);
    let dims = Dims::new(case.plan.units, case.plan.geometry.patch_len());
    for path in [StepPath::ContractThenApply, StepPath::Learn] {
        let (delta, stepped) = step(device, workspace, found, path).map_err(failed)?;
        compare("the update", &expected, &delta)?;
        let again = step(device, workspace, found, path).map_err(failed)?;
        let bits = |weights: &[f32]| weights.iter().map(|w| w.to_bits()).collect::<Vec<_>>();
        if bits(&again.1) != bits(&stepped) {
            return Err("two equal steps gave different bits".to_owned());
        }
        compare("the weights", &stepped_weights(case, dims, &delta), &stepped)?;
    }
    Ok(())
}

/// The methods of the backend that make the step.
#[derive(Clone, Copy, Debug)]
enum StepPath {
    /// By `contract` and `apply`.
    ContractThenApply,
    /// By `learn`.
    Learn,
}

/// ΔW and the weights after the step.
fn step<B: Backend>(
    device: &DeviceCase<'_, B>,
    workspace: &mut Workspace<B>,
    found: &Found,
    path: StepPath,
) -> Result<(Vec<f32>, Vec<f32>)> {
    let (case, backend) = (device.case, device.backend);
    let dims = Dims::new(case.plan.units, case.plan.geometry.patch_len());
    let sums = found.upload(backend, case)?;
    let mut delta = backend.zeros(dims.len())?;
    let mask = case
        .mask
        .as_ref()
        .map(|mask| buffer_of(backend, &mask.to_dense()))
        .transpose()?;
    let step = Step {
        rate: RATE,
        unit_rate: case.unit_rate,
        constraint: case.constraint,
    };
    let contraction = Contraction {
        plan: &case.plan,
        reduction: case.reduction,
        sums: &sums,
        mask: mask.as_ref(),
    };
    let mut weights = buffer_of(backend, &case.batch.weights)?;
    match path {
        StepPath::ContractThenApply => {
            backend.contract(contraction, &weights, &mut delta, workspace)?;
            backend.apply(&step, dims, &delta, &mut weights, workspace)?;
        }
        StepPath::Learn => {
            let learned = Learned {
                weights: &mut weights,
                delta: &mut delta,
            };
            backend.learn(contraction, &step, learned, workspace)?;
        }
    }
    Ok((
        host_of(backend, &delta, dims.len())?,
        host_of(backend, &weights, dims.len())?,
    ))
}

/// The expected weights after a step by `delta`.
fn stepped_weights(case: &PassCase, dims: Dims, delta: &[f32]) -> Vec<Bounded> {
    let rates = unit_rates(case, dims);
    let exact = |value: f32| Bounded::exact(f64::from(value));
    let moved =
        |(index, (w, delta)): (usize, (&f32, &f32))| exact(*w) + rates[index / dims.cols] * exact(*delta);
    let moved: Vec<Bounded> = case
        .batch
        .weights
        .iter()
        .zip(delta)
        .enumerate()
        .map(moved)
        .collect();
    match case.constraint {
        Constraint::None => moved,
        Constraint::UnitNorm => moved.chunks_exact(dims.cols).flat_map(normalized).collect(),
    }
}

/// The rate of every unit.
fn unit_rates(case: &PassCase, dims: Dims) -> Vec<Bounded> {
    let rate = Bounded::exact(f64::from(RATE));
    let of = |row: &[f32]| match case.unit_rate.factor() {
        None => rate,
        Some(factor) => {
            let squares = exact(row).into_iter().map(|w| w * w);
            rate * Bounded::evaluate(&factor, &[Bounded::sum(squares)])
        }
    };
    case.batch.weights.chunks_exact(dims.cols).map(of).collect()
}

fn normalized(row: &[Bounded]) -> Vec<Bounded> {
    let norm = |v: &[f64]| v.iter().map(|w| w * w).sum::<f64>().sqrt() + 1e-10;
    Bounded::through(row, (4 + row.len()) as f64, |v| {
        v.iter().map(|w| w / norm(v)).collect()
    })
}
