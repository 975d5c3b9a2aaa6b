//! From the sums of a batch to ΔW, and from ΔW to the next weights, composed from the primitives.

use super::{Backend, Contraction, Dims, Gemm, Operand, Slot, Workspace, host_of};
use crate::error::Result;
use crate::formula::Formula;
use crate::plan::{Constraint, Reduction, UnitRate};
use crate::rule::{Decay, Outer};

/// A step of the weights as data: rate, unit rate and constraint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The learning rate.
    pub rate: f32,
    /// Dependence of the rate on each unit's weights.
    pub unit_rate: UnitRate,
    /// Constraint on the weights after the step.
    pub constraint: Constraint,
}

/// Buffers that a step changes.
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

pub(super) fn learn<B: Backend>(
    backend: &B,
    contraction: Contraction<'_, B>,
    step: &Step,
    Learned { weights, delta }: Learned<'_, B>,
    workspace: &mut Workspace<B>,
) -> Result<()> {
    backend.contract(contraction, weights, delta, workspace)?;
    let plan = contraction.plan;
    let dims = Dims::new(plan.units, plan.geometry.patch_len());
    backend.apply(step, dims, delta, weights, workspace)
}

pub(super) fn contract<B: Backend>(
    backend: &B,
    contraction: Contraction<'_, B>,
    weights: &B::Buffer,
    delta: &mut B::Buffer,
    workspace: &mut Workspace<B>,
) -> Result<()> {
    let Contraction { plan, sums, mask, .. } = contraction;
    let dims = Dims::new(plan.units, plan.geometry.patch_len());
    let decayed = Formula::of(|[hebb, w, c]| hebb - w * c);
    let [hebb, w] = [&sums.hebb, weights].map(Operand::elements);
    match &plan.lowering.decay {
        Decay::None => backend.copy(dims.len(), &sums.hebb, delta)?,
        Decay::Diagonal(_) => {
            backend.map(&decayed, dims, &[hebb, w, Operand::rows(&sums.decay)], delta)?;
        }
        Decay::Outer(outer) => {
            backend.copy(dims.len(), &sums.hebb, delta)?;
            outer_decay(backend, outer, contraction, weights, delta, workspace)?;
        }
        // ΔW = Aᵀ X − W diag(Σ x)
        Decay::Input => {
            backend.map(&decayed, dims, &[hebb, w, Operand::columns(&sums.decay)], delta)?;
        }
    }
    // Before the largest entry is looked for: sums outside the mask mean nothing.
    if let Some(mask) = mask {
        backend.update(&scaled(), dims, &[Operand::elements(mask)], delta)?;
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
        let patches = sums.patches as f32;
        let identity = Formula::of(|[delta, w]| delta + w * patches);
        backend.update(&identity, dims, &[Operand::elements(weights)], delta)?;
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
    match reduction {
        Reduction::Sum => Ok(()),
        Reduction::Mean => {
            let scale = reduction.scale(sums.patches, 0.0, 0.0) as f32;
            backend.update(&Formula::of(|[delta]| delta * scale), dims, &[], delta)
        }
        // 1/Σ|y|, and 0 for a unit that is never active.
        Reduction::WeightedMean => {
            let scale =
                Formula::of(|[weight]| weight.clone().positive() * weight.max(f32::MIN_POSITIVE).recip());
            let mut scales = workspace.take(backend, Slot::Units, dims.rows)?;
            let weights = [Operand::elements(&sums.weight)];
            backend.map(&scale, Dims::new(1, dims.rows), &weights, &mut scales)?;
            backend.update(&scaled(), dims, &[Operand::rows(&scales)], delta)?;
            workspace.put(Slot::Units, scales);
            Ok(())
        }
        // Divides ΔW by the largest size of its entries.
        Reduction::MaxNormalized => {
            let mut scale = workspace.take(backend, Slot::Largest, 1)?;
            backend.largest_size(dims.len(), delta, &mut scale)?;
            let inverse = Formula::of(|[largest]| largest.max(SMALLEST).recip());
            backend.update(&inverse, Dims::new(1, 1), &[], &mut scale)?;
            backend.update(&scaled(), dims, &[Operand::single(&scale)], delta)?;
            workspace.put(Slot::Largest, scale);
            Ok(())
        }
    }
}

/// The target times its operand.
fn scaled() -> Formula {
    Formula::of(|[target, scale]| target * scale)
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
    match step.unit_rate.factor() {
        None => {
            let moved = Formula::of(|[w, delta]| w + delta * step.rate);
            backend.update(&moved, dims, &[Operand::elements(delta)], weights)?;
        }
        Some(factor) => {
            let units = Dims::new(1, dims.rows);
            let mut rates = workspace.take(backend, Slot::Units, dims.rows)?;
            backend.row_norms_squared(dims, weights, &mut rates)?;
            backend.update(&(Formula::from(step.rate) * factor), units, &[], &mut rates)?;
            let moved = Formula::of(|[w, delta, rate]| w + delta * rate);
            let operands = [Operand::elements(delta), Operand::rows(&rates)];
            backend.update(&moved, dims, &operands, weights)?;
            workspace.put(Slot::Units, rates);
        }
    }
    apply_constraint(backend, step.constraint, dims, weights)
}

/// Applies a constraint to weights.
pub(crate) fn apply_constraint<B: Backend>(
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
