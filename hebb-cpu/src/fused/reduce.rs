//! The sums of a batch from those of its chunks, added in order.

use super::Fused;
use super::learn::Partial;
use crate::CpuBackend;
use crate::memory::prefix_mut;
use crate::parallel::Pool as Threads;
use crate::primitives::{kernel, vectorized};
use hebb_core::Result;
use hebb_core::backend::Sums;
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
    match pass.operands.mask.filter(|_| pass.route.sparse) {
        Some(mask) => scatter(threads, mask, partials, size, hebb),
        None => threads.rows(hebb.len(), 1, hebb, |first, part| {
            vectorized(AddChunks, (partials, size, first, part));
        }),
    }
    let mut at = pass.hebb_len();
    let mut next = |name: &str, to: &mut Vec<f32>, wanted: usize, len: usize| -> Result<()> {
        add_chunks(partials, size, at, prefix_mut(name, to, wanted)?);
        at += len;
        Ok(())
    };
    let decays = !matches!(plan.lowering.decay, Decay::None);
    next(
        "the decay sums of a pass",
        &mut sums.decay,
        if decays { units } else { 0 },
        units,
    )?;
    next("the weight sums of a pass", &mut sums.weight, units, units)?;
    next("the counts of a pass", &mut sums.active, units, units)?;
    let states = plan.lowering.states.len() * units;
    next("the state sums of a pass", &mut sums.states, states, states)?;
    sums.patches = plan.patches(pass.images);
    Ok(())
}

/// `to[i]` = the sum over chunks of their value `first + i`.
#[inline(always)]
fn add_chunks(partials: &[f32], size: usize, first: usize, to: &mut [f32]) {
    to.fill(0.0);
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
