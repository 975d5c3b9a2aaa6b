//! From the sums of a batch to ΔW, and from ΔW to the next weights, composed from the primitives.

use super::{Backend, Contraction, Dims, Gemm, Slot, Variables, Workspace, host_of};
use crate::error::Result;
use crate::formula::{Formula, Unary};
use crate::plan::{Constraint, Reduction, UnitRate};
use crate::rule::{Decay, Outer};

/// How ΔW is applied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The learning rate.
    pub rate: f32,
    /// How it depends on each unit's weights.
    pub unit_rate: UnitRate,
    /// What holds the weights afterwards.
    pub constraint: Constraint,
}

/// What a step from the sums of a batch changes.
#[derive(Debug)]
pub struct Learned<'a, B: Backend> {
    /// W, N×K.
    pub weights: &'a mut B::Buffer,
    /// ΔW, N×K, after the reduction and before the rate.
    pub delta: &'a mut B::Buffer,
}

/// Added to norms that are divided by: what rounding leaves of weights gets norm one too, and zeros stay.
const EPSILON: f32 = 1e-30;

/// The largest entry of an update counts as this if it is smaller.
const SMALLEST: f32 = 1e-30;

pub(super) fn contract<B: Backend>(
    backend: &B,
    contraction: Contraction<'_, B>,
    weights: &B::Buffer,
    delta: &mut B::Buffer,
    workspace: &mut Workspace<B>,
) -> Result<()> {
    let Contraction { plan, sums, mask, .. } = contraction;
    let units = plan.units;
    let dims = Dims::new(units, plan.geometry.patch_len());
    let minus = -Formula::State(0);
    match &plan.lowering.decay {
        Decay::None => backend.copy(dims.len(), &sums.hebb, delta)?,
        Decay::Diagonal(_) => {
            let mut negated = workspace.take(backend, Slot::Units, units)?;
            let decay = Variables {
                states: Some(&sums.decay),
                ..Default::default()
            };
            backend.map(&minus, Dims::new(1, units), decay, &mut negated)?;
            backend.copy(dims.len(), &sums.hebb, delta)?;
            backend.add_scaled_rows(dims, &negated, weights, delta)?;
            workspace.put(Slot::Units, negated);
        }
        Decay::Outer(outer) => {
            backend.copy(dims.len(), &sums.hebb, delta)?;
            outer_decay(backend, outer, contraction, weights, delta, workspace)?;
        }
        // ΔW = Aᵀ X − W diag(Σ x)
        Decay::Input => {
            let (activity, similarity) = (Some(&sums.hebb), Some(weights));
            let variables = Variables {
                activity,
                similarity,
                teacher: None,
                states: Some(&sums.decay),
            };
            backend.map(
                &(Formula::Activity - Formula::Similarity * Formula::State(0)),
                dims,
                variables,
                delta,
            )?;
        }
    }
    // Before the largest entry is looked for: sums outside the mask mean nothing.
    if let Some(mask) = mask {
        backend.multiply(dims.len(), mask, delta)?;
    }
    reduce(backend, contraction, dims, delta, workspace)
}

/// ΔW −= C W, row i decaying by every unit or by the units j ≤ i.
fn outer_decay<B: Backend>(
    backend: &B,
    outer: &Outer,
    Contraction { plan, sums, .. }: Contraction<'_, B>,
    weights: &B::Buffer,
    delta: &mut B::Buffer,
    workspace: &mut Workspace<B>,
) -> Result<()> {
    let units = plan.units;
    let dims = Dims::new(units, plan.geometry.patch_len());
    let product = Gemm::new(units, dims.cols, units).scaled(-1.0, 1.0);
    if outer.lower {
        let mut lower = workspace.take(backend, Slot::Factor, units * units)?;
        backend.copy(units * units, &sums.decay, &mut lower)?;
        backend.lower_triangle(units, &mut lower)?;
        backend.gemm(product, &lower, weights, delta)?;
        workspace.put(Slot::Factor, lower);
    } else {
        backend.gemm(product, &sums.decay, weights, delta)?;
    }
    if outer.identity {
        let mut patches = workspace.take(backend, Slot::Units, units)?;
        let count = Formula::Constant(sums.patches as f32);
        backend.map(&count, Dims::new(1, units), Variables::default(), &mut patches)?;
        backend.add_scaled_rows(dims, &patches, weights, delta)?;
        workspace.put(Slot::Units, patches);
    }
    Ok(())
}

fn reduce<B: Backend>(
    backend: &B,
    Contraction { reduction, sums, .. }: Contraction<'_, B>,
    dims: Dims,
    delta: &mut B::Buffer,
    workspace: &mut Workspace<B>,
) -> Result<()> {
    let scale = match reduction {
        Reduction::Sum => return Ok(()),
        Reduction::MaxNormalized => return normalize_by_largest(backend, dims, delta, workspace),
        Reduction::Mean => Formula::Constant(reduction.scale(sums.patches, 0.0, 0.0) as f32),
        // 1/Σ|y|, and 0 for a silent unit
        Reduction::WeightedMean => {
            let weight = Formula::State(0);
            let floored = weight.clone().max(Formula::Constant(f32::MIN_POSITIVE));
            weight.positive() * floored.apply(Unary::Recip)
        }
    };
    let mut scales = workspace.take(backend, Slot::Units, dims.rows)?;
    let variables = Variables {
        states: Some(&sums.weight),
        ..Default::default()
    };
    backend.map(&scale, Dims::new(1, dims.rows), variables, &mut scales)?;
    backend.scale_rows(dims, &scales, delta)?;
    workspace.put(Slot::Units, scales);
    Ok(())
}

/// Divides ΔW by the largest size of its entries.
fn normalize_by_largest<B: Backend>(
    backend: &B,
    dims: Dims,
    delta: &mut B::Buffer,
    workspace: &mut Workspace<B>,
) -> Result<()> {
    let mut largest = workspace.take(backend, Slot::Largest, 1)?;
    backend.largest_size(dims.len(), delta, &mut largest)?;
    let floored = Formula::State(0).max(Formula::Constant(SMALLEST));
    let mut scales = workspace.take(backend, Slot::Units, dims.rows)?;
    let variables = Variables {
        states: Some(&largest),
        ..Default::default()
    };
    // One column, so that every row sees the one state.
    let rows = Dims::new(dims.rows, 1);
    backend.map(&floored.apply(Unary::Recip), rows, variables, &mut scales)?;
    backend.scale_rows(dims, &scales, delta)?;
    workspace.put(Slot::Units, scales);
    workspace.put(Slot::Largest, largest);
    Ok(())
}

pub(super) fn largest_size<B: Backend>(
    backend: &B,
    len: usize,
    x: &B::Buffer,
    out: &mut B::Buffer,
) -> Result<()> {
    let largest = host_of(backend, x, len)?
        .iter()
        .fold(0f32, |largest, value| largest.max(value.abs()));
    backend.upload(&[largest], out)
}

pub(super) fn apply<B: Backend>(
    backend: &B,
    step: &Step,
    dims: Dims,
    delta: &B::Buffer,
    weights: &mut B::Buffer,
    workspace: &mut Workspace<B>,
) -> Result<()> {
    let mut rates = workspace.take(backend, Slot::Units, dims.rows)?;
    let mut norms = workspace.take(backend, Slot::UnitNorms, dims.rows)?;
    let rate = Formula::Constant(step.rate);
    let rate = match step.unit_rate.factor() {
        None => rate,
        Some(factor) => {
            backend.row_norms_squared(dims, weights, &mut norms)?;
            rate * factor
        }
    };
    let variables = Variables {
        states: Some(&norms),
        ..Default::default()
    };
    backend.map(&rate, Dims::new(1, dims.rows), variables, &mut rates)?;
    backend.add_scaled_rows(dims, &rates, delta, weights)?;
    workspace.put(Slot::Units, rates);
    workspace.put(Slot::UnitNorms, norms);
    hold(backend, step.constraint, dims, weights)
}

/// Applies a constraint to weights.
pub(crate) fn hold<B: Backend>(
    backend: &B,
    constraint: Constraint,
    dims: Dims,
    weights: &mut B::Buffer,
) -> Result<()> {
    match constraint {
        Constraint::None => Ok(()),
        Constraint::UnitNorm => backend.normalize_rows(dims, EPSILON, weights),
    }
}
