//! The sums of a batch from those of its chunks, added in order.

use super::PlanesPass;
use super::chunk::ChunkScratch;
use crate::device::CpuBackend;
use crate::memory::prefix_mut;
use crate::pass::sums;
use crate::primitives::sums::add;
use crate::simd::{kernel, vectorized};
use crate::threads::Threads;
use hebb_core::Result;
use hebb_core::backend::Sums;
use hebb_core::plan::Mask;

/// Adds the sums of `chunks` up.
pub(super) fn reduce(
    threads: &Threads,
    pass: &PlanesPass<'_>,
    chunks: &[ChunkScratch],
    sums: &mut Sums<CpuBackend>,
) -> Result<()> {
    let weights = pass.input.plan.weights();
    let hebb = prefix_mut("the Hebb sums of a pass", &mut sums.hebb, weights)?;
    match pass.kept {
        Some(mask) => scatter(threads, mask, chunks, hebb),
        None => threads.rows(weights, 1, hebb, |first, part| {
            vectorized(AddChunks, (chunks, first, part));
        }),
    }
    sums::reduce(
        &pass.input,
        chunks.iter().map(|chunk| &chunk.sums.units),
        false,
        sums,
    )
}

/// `to[i]` = the sum over chunks of their value `first + i`.
#[inline(always)]
fn add_chunks(chunks: &[ChunkScratch], first: usize, to: &mut [f32]) {
    to.fill(0.0);
    for chunk in chunks {
        let values = &chunk.sums.hebb[first..][..to.len()];
        add(to, values);
    }
}

kernel!(AddChunks: add_chunks(chunks: &[ChunkScratch], first: usize, to: &mut [f32]));

/// The sums of kept connections to their places; all others are zero.
fn scatter(threads: &Threads, mask: &Mask, chunks: &[ChunkScratch], hebb: &mut [f32]) {
    let cols = mask.cols();
    threads.rows(mask.rows(), cols, hebb, |first, part| {
        part.fill(0.0);
        let mut start: usize = (0..first).map(|unit| mask.row(unit).len()).sum();
        for (unit, row) in part.chunks_exact_mut(cols).enumerate() {
            let columns = mask.row(first + unit);
            for chunk in chunks {
                let values = &chunk.sums.hebb[start..][..columns.len()];
                for (column, value) in columns.iter().zip(values) {
                    row[*column as usize] += value;
                }
            }
            start += columns.len();
        }
    });
}
