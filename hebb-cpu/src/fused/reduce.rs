//! The sums of a batch from those of its chunks, added in order.

use super::Fused;
use super::learn::Partial;
use crate::CpuBackend;
use crate::memory::prefix_mut;
use crate::parallel::Pool as Threads;
use crate::primitives::{kernel, vectorized};
use hebb_core::Result;
use hebb_core::backend::{LayerPlan, Sums};
use hebb_core::plan::Mask;
use hebb_core::rule::Decay;

/// Adds the chunks' `partials` up into `sums`.
pub(super) fn reduce(
    pass: &Fused<'_>,
    threads: &Threads,
    partials: &[f32],
    sums: &mut Sums<CpuBackend>,
) -> Result<()> {
    let (plan, units) = (pass.plan, pass.plan.units);
    let size = Partial::len(pass.hebb_len(), units, plan.lowering.states.len());
    let hebb = prefix_mut("the Hebb sums of a pass", &mut sums.hebb, plan.weights())?;
    match pass.given.mask.filter(|_| pass.route.sparse) {
        Some(mask) => scatter(threads, mask, partials, size, hebb),
        None => threads.rows(hebb.len(), 1, hebb, |first, part| {
            part.fill(0.0);
            vectorized(AddChunks, (partials, size, first, part));
        }),
    }
    add_unit_sums(plan, partials, [size, pass.hebb_len()], false, sums)?;
    sums.patches = plan.patches(pass.images);
    Ok(())
}

/// Adds up what every part of a batch sums for each unit: parts of `size` values, whose Hebb sums end at `from`.
///
/// `goes_on` tells whether the sums hold former parts of the batch already.
pub(crate) fn add_unit_sums(
    plan: &LayerPlan,
    partials: &[f32],
    [size, from]: [usize; 2],
    goes_on: bool,
    sums: &mut Sums<CpuBackend>,
) -> Result<()> {
    let (units, states) = (plan.units, plan.lowering.states.len() * plan.units);
    let decays = if matches!(plan.lowering.decay, Decay::None) {
        0
    } else {
        units
    };
    let mut at = from;
    for (name, to, wanted, len) in [
        ("the decay sums of a pass", &mut sums.decay, decays, units),
        ("the weight sums of a pass", &mut sums.weight, units, units),
        ("the counts of a pass", &mut sums.active, units, units),
        ("the state sums of a pass", &mut sums.states, states, states),
    ] {
        let to = prefix_mut(name, to, wanted)?;
        if !goes_on {
            to.fill(0.0);
        }
        add_chunks(partials, size, at, to);
        at += len;
    }
    Ok(())
}

/// `to[i]` += the sum over chunks of their value `first + i`.
#[inline(always)]
fn add_chunks(partials: &[f32], size: usize, first: usize, to: &mut [f32]) {
    for chunk in partials.chunks_exact(size) {
        let values = &chunk[first..][..to.len()];
        to.iter_mut().zip(values).for_each(|(to, value)| *to += value);
    }
}

kernel!(AddChunks: add_chunks(partials: &[f32], size: usize, first: usize, to: &mut [f32]));

/// The sums of kept connections to their places; all others are zero.
fn scatter(threads: &Threads, mask: &Mask, partials: &[f32], size: usize, hebb: &mut [f32]) {
    let cols = mask.cols();
    threads.rows(mask.rows(), cols, hebb, |first, part| {
        part.fill(0.0);
        let mut start: usize = (0..first).map(|unit| mask.row(unit).len()).sum();
        for (unit, row) in part.chunks_exact_mut(cols).enumerate() {
            let columns = mask.row(first + unit);
            for chunk in partials.chunks_exact(size) {
                let values = &chunk[start..][..columns.len()];
                for (column, value) in columns.iter().zip(values) {
                    row[*column as usize] += value;
                }
            }
            start += columns.len();
        }
    });
}
