//! Sums over rows and columns, in an order that the sizes alone fix.

use crate::memory::BufferPool;
use crate::simd::{kernel, vectorized};
use crate::threads::{Threads, chunks, rows_of_block};
use hebb_core::Result;
use hebb_core::backend::Dims;
use std::ops::Range;

/// Partial sums that are kept side by side.
pub(crate) const LANES: usize = 16;

/// Σ `term(x)` with [`LANES`] partial sums.
#[inline(always)]
pub(crate) fn sum_of(values: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let (blocks, rest) = values.as_chunks::<LANES>();
    let mut lanes = [0.0; LANES];
    for block in blocks {
        for lane in 0..LANES {
            lanes[lane] += term(block[lane]);
        }
    }
    lanes
        .iter_mut()
        .zip(rest)
        .for_each(|(lane, value)| *lane += term(*value));
    lanes.iter().sum()
}

/// Adds a row to sums.
#[inline(always)]
pub(crate) fn add(sums: &mut [f32], values: &[f32]) {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
}

/// `out[r]` = Σ_c x\[r, c\]².
pub(crate) fn row_norms_squared(threads: &Threads, dims: Dims, x: &[f32], out: &mut [f32]) {
    let block = rows_of_block(dims.cols);
    threads.split(dims.rows.div_ceil(block), chunks(out, block), |task, out| {
        let rows = &x[task * block * dims.cols..];
        vectorized(Norms, (dims.cols, rows, out));
    });
}

#[inline(always)]
fn norms(cols: usize, rows: &[f32], out: &mut [f32]) {
    for (row, norm) in out.iter_mut().enumerate() {
        *norm = sum_of(&rows[row * cols..][..cols], |value| value * value);
    }
}

kernel!(Norms: norms(cols: usize, rows: &[f32], out: &mut [f32]));

/// The largest size of a value; 0 if there is none.
pub(crate) fn largest_size(threads: &Threads, x: &[f32]) -> f32 {
    const PARTS: usize = 64;
    let mut largest = [0.0; PARTS];
    let part = x.len().div_ceil(PARTS).max(1);
    threads.split(
        x.len().div_ceil(part),
        chunks(&mut largest, 1),
        |task, largest| {
            let values = &x[task * part..x.len().min((task + 1) * part)];
            largest[0] = vectorized(Largest, (values,));
        },
    );
    largest.into_iter().fold(0.0, f32::max)
}

#[inline(always)]
fn largest(values: &[f32]) -> f32 {
    values
        .iter()
        .fold(0.0, |largest, value| f32::max(largest, value.abs()))
}

kernel!(Largest: largest(values: &[f32]) -> f32);

/// Rows of a part of a matrix whose columns are summed.
pub(crate) fn rows_of_part(dims: Dims) -> usize {
    /// Parts at most.
    const PARTS: usize = 64;
    rows_of_block(dims.cols).max(dims.rows.div_ceil(PARTS))
}

/// `out[c]` = Σ_r x\[r, c\].
pub(crate) fn column_sums(
    threads: &Threads,
    buffers: &BufferPool,
    dims: Dims,
    x: &[f32],
    out: &mut [f32],
) -> Result<()> {
    sum_parts(threads, buffers, dims, out, |values, sums| {
        sums.fill(0.0);
        vectorized(AddRows, (&x[values], sums));
    })
}

/// `out` = the sums of all parts of the rows, added in their order; `part` writes those of some values.
pub(crate) fn sum_parts(
    threads: &Threads,
    buffers: &BufferPool,
    dims: Dims,
    out: &mut [f32],
    part: impl Fn(Range<usize>, &mut [f32]) + Sync,
) -> Result<()> {
    out.fill(0.0);
    if dims.is_empty() {
        return Ok(());
    }
    let (block, cols) = (rows_of_part(dims), dims.cols);
    let tasks = dims.rows.div_ceil(block);
    buffers.with(tasks * cols, |parts| {
        threads.split(tasks, chunks(&mut *parts, cols), |task, sums| {
            part(
                task * block * cols..((task + 1) * block).min(dims.rows) * cols,
                sums,
            );
        });
        vectorized(AddRows, (parts, out));
    })
}

/// Adds every row of `rows` to `sums`.
#[inline(always)]
fn add_rows(rows: &[f32], sums: &mut [f32]) {
    for row in rows.chunks_exact(sums.len()) {
        add(sums, row);
    }
}

kernel!(AddRows: add_rows(rows: &[f32], sums: &mut [f32]));
