//! The update ΔW from the sums of a batch.

use super::OracleBatch;
use super::matrix::{exact, row_product};
use crate::backend::LayerPlan;
use crate::plan::{Mask, Reduction};
use crate::rule::Decay;
use crate::testing::Bounded;

/// ΔW (N×K) from the sums Aᵀ X, C and Σ|A|, taken as exact.
pub(in crate::testing) fn contract(
    plan: &LayerPlan,
    batch: &OracleBatch,
    reduction: Reduction,
    mask: Option<&Mask>,
    [hebb, decay, weight]: [&[Bounded]; 3],
) -> Vec<Bounded> {
    let kept = mask.map(Mask::to_dense);
    let weights = exact(&batch.weights);
    let (units, cols, patches) = (plan.units, plan.geometry.patch_len(), plan.patches(batch.images));
    let decayed = |unit: usize, col: usize| match &plan.lowering.decay {
        Decay::None => Bounded::default(),
        Decay::Diagonal(_) => decay[unit] * weights[unit * cols + col],
        Decay::Input => decay[col] * weights[unit * cols + col],
        Decay::Outer(outer) => {
            let others = if outer.lower { unit + 1 } else { units };
            row_product(&decay[unit * units..], &weights, others, cols, col)
        }
    };
    let delta = |index: usize| {
        let (unit, col) = (index / cols, index % cols);
        // One sum: a backend may add the three terms in any order.
        let identity = match &plan.lowering.decay {
            Decay::Outer(outer) if outer.identity => Bounded::exact(patches as f64) * weights[index],
            _ => Bounded::default(),
        };
        Bounded::sum([hebb[index], -decayed(unit, col), identity])
    };
    let is_kept = |index: usize| kept.as_ref().is_none_or(|mask| mask[index] != 0.0);
    let masked = |index| {
        if is_kept(index) {
            delta(index)
        } else {
            Bounded::default()
        }
    };
    let raw: Vec<Bounded> = (0..units * cols).map(masked).collect();
    let largest = largest_size(&raw);
    let scaled = |(index, raw): (usize, &Bounded)| {
        let inputs = [largest, weight[index / cols].flushed()];
        let scale = |v: &[f64]| vec![reduction.scale(patches, v[1], v[0])];
        *raw * Bounded::through(&inputs, 1.0, scale)[0]
    };
    raw.iter().enumerate().map(scaled).collect()
}

/// The largest absolute value with its error bound.
fn largest_size(values: &[Bounded]) -> Bounded {
    let larger = |a: Bounded, b: &Bounded| Bounded {
        value: a.value.max(b.value.abs()),
        error: a.error.max(b.error),
    };
    values.iter().fold(Bounded::default(), larger)
}
