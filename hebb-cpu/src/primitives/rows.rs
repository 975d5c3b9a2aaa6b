//! Standardisation and normalisation of the rows of a matrix.

use super::sums::sum_of;
use crate::simd::{kernel, vectorized};
use crate::threads::Threads;
use hebb_core::backend::Dims;

/// Calls `body` with the index and the values of every row.
fn each_row(threads: &Threads, dims: Dims, x: &mut [f32], body: impl Fn(usize, &mut [f32]) + Sync) {
    threads.rows(dims.rows, dims.cols, x, |first, part| {
        for (offset, row) in part.chunks_exact_mut(dims.cols).enumerate() {
            body(first + offset, row);
        }
    });
}

/// Each row: less its mean, divided by (its standard deviation + epsilon).
pub(crate) fn standardize(threads: &Threads, dims: Dims, epsilon: f32, x: &mut [f32]) {
    each_row(threads, dims, x, |_, row| vectorized(Standardize, (epsilon, row)));
}

#[inline(always)]
fn standardize_row(epsilon: f32, row: &mut [f32]) {
    let mean = sum_of(row, |value| value) / row.len() as f32;
    row.iter_mut().for_each(|value| *value -= mean);
    if row.len() == 1 {
        return;
    }
    let variance = sum_of(row, |value| value * value) / (row.len() - 1) as f32;
    let deviation = variance.sqrt() + epsilon;
    // A row of equal values with epsilon 0 stays zero.
    if deviation > 0.0 {
        row.iter_mut().for_each(|value| *value /= deviation);
    }
}

kernel!(Standardize: standardize_row(epsilon: f32, row: &mut [f32]));

/// x\[r, c\] = 0 for c > r.
pub(crate) fn lower_triangle(threads: &Threads, size: usize, x: &mut [f32]) {
    each_row(threads, Dims::new(size, size), x, |index, row| {
        row[index + 1..].fill(0.0)
    });
}

/// Divides each row by (its norm + epsilon).
pub(crate) fn normalize(threads: &Threads, dims: Dims, epsilon: f32, x: &mut [f32]) {
    each_row(threads, dims, x, |_, row| vectorized(Normalize, (epsilon, row)));
}

#[inline(always)]
fn normalize_row(epsilon: f32, row: &mut [f32]) {
    let norm = sum_of(row, |value| value * value).sqrt() + epsilon;
    // A row of zeros with epsilon 0 stays zero.
    if norm > 0.0 {
        row.iter_mut().for_each(|value| *value /= norm);
    }
}

kernel!(Normalize: normalize_row(epsilon: f32, row: &mut [f32]));
