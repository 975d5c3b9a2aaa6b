//! Statistics of columns, each in one sweep over memory.

use super::sums::{add, rows_of_part, sum_parts};
use crate::memory::BufferPool;
use crate::simd::{kernel, vectorized};
use crate::threads::{Threads, chunks};
use hebb_core::Result;
use hebb_core::backend::Dims;

/// The mean and the variance of each column, from those of parts of the rows.
pub(crate) fn moments(
    threads: &Threads,
    buffers: &BufferPool,
    dims: Dims,
    x: &[f32],
    mean: &mut [f32],
    variance: &mut [f32],
) -> Result<()> {
    mean.fill(0.0);
    variance.fill(0.0);
    if dims.is_empty() {
        return Ok(());
    }
    let (block, cols) = (rows_of_part(dims), dims.cols);
    let tasks = dims.rows.div_ceil(block);
    buffers.with(2 * tasks * cols, |parts| {
        threads.split(tasks, chunks(&mut *parts, 2 * cols), |task, part| {
            let rows = task * block..((task + 1) * block).min(dims.rows);
            let (mean, squares) = part.split_at_mut(cols);
            vectorized(
                PartMoments,
                (&x[rows.start * cols..rows.end * cols], mean, squares),
            );
        });
        for (task, part) in parts.chunks_exact(2 * cols).enumerate() {
            let (before, rows) = (task * block, block.min(dims.rows - task * block));
            let share = rows as f32 / (before + rows) as f32;
            let (means, squares) = part.split_at(cols);
            let own = means.iter().zip(squares);
            for ((mean, sum), (other, square)) in mean.iter_mut().zip(&mut *variance).zip(own) {
                let gap = other - *mean;
                *mean += gap * share;
                *sum += square + gap * gap * (before as f32 * share);
            }
        }
        let share = 1.0 / dims.rows as f32;
        variance.iter_mut().for_each(|sum| *sum *= share);
    })
}

/// The means of some rows, and the sums of squares of what is left without them.
#[inline(always)]
fn part_moments(rows: &[f32], mean: &mut [f32], squares: &mut [f32]) {
    let cols = mean.len();
    let share = cols as f32 / rows.len() as f32;
    mean.fill(0.0);
    squares.fill(0.0);
    for row in rows.chunks_exact(cols) {
        add(mean, row);
    }
    mean.iter_mut().for_each(|mean| *mean *= share);
    for row in rows.chunks_exact(cols) {
        for (sum, (value, mean)) in squares.iter_mut().zip(row.iter().zip(&*mean)) {
            *sum += (value - mean) * (value - mean);
        }
    }
}

kernel!(PartMoments: part_moments(rows: &[f32], mean: &mut [f32], squares: &mut [f32]));

/// `out[c]` = Σ_r x\[r, c\]·(y\[r, c\] − centre\[c\]).
pub(crate) fn products(
    threads: &Threads,
    buffers: &BufferPool,
    dims: Dims,
    [x, y]: [&[f32]; 2],
    centre: &[f32],
    out: &mut [f32],
) -> Result<()> {
    sum_parts(threads, buffers, dims, out, |values, sums| {
        vectorized(PartProducts, (&x[values.clone()], &y[values], centre, sums));
    })
}

#[inline(always)]
fn part_products(x: &[f32], y: &[f32], centre: &[f32], sums: &mut [f32]) {
    sums.fill(0.0);
    for (x, y) in x.chunks_exact(sums.len()).zip(y.chunks_exact(sums.len())) {
        let terms = x.iter().zip(y.iter().zip(centre));
        for (sum, (x, (y, centre))) in sums.iter_mut().zip(terms) {
            *sum += x * (y - centre);
        }
    }
}

kernel!(PartProducts: part_products(x: &[f32], y: &[f32], centre: &[f32], sums: &mut [f32]));
