//! General matrix products: C = alpha·op(A)·op(B) + beta·C.

use super::unvectorized::multiply_unvectorized;
use super::{ColumnMajor, ColumnSplit, PackA, PackB, PackedB, RowMajor};
use super::{multiply_columns, packed_b_len, rows_of_task};
use crate::device::CpuBackend;
use crate::memory::{prefix, prefix_mut};
use crate::simd::has_vectors;
use crate::threads::chunks;
use hebb_core::Result;
use hebb_core::backend::Gemm;

/// The product, in parallel.
pub(crate) fn gemm(device: &CpuBackend, gemm: Gemm, a: &[f32], b: &[f32], c: &mut [f32]) -> Result<()> {
    let Gemm { m, n, k, .. } = gemm;
    let a = prefix("A of a product", a, m * k)?;
    let b = prefix("B of a product", b, k * n)?;
    let c = prefix_mut("C of a product", c, m * n)?;
    if c.is_empty() || k == 0 {
        scale(gemm.beta, c);
        return Ok(());
    }
    if !has_vectors() {
        return multiply_unvectorized(&device.threads, gemm, [a, b], c);
    }
    match (gemm.transpose_a, gemm.transpose_b) {
        (false, false) => multiply(device, gemm, RowMajor::new(a, k), RowMajor::new(b, n), c),
        (false, true) => multiply(device, gemm, RowMajor::new(a, k), ColumnMajor::new(b, k), c),
        (true, false) => multiply(device, gemm, ColumnMajor::new(a, m), RowMajor::new(b, n), c),
        (true, true) => multiply(device, gemm, ColumnMajor::new(a, m), ColumnMajor::new(b, k), c),
    }
}

fn multiply(
    device: &CpuBackend,
    gemm: Gemm,
    left: impl PackA,
    right: impl PackB,
    c: &mut [f32],
) -> Result<()> {
    /// Rows of C from which on cutting by rows gives enough tasks that are large enough.
    const ROWS: usize = 512;
    let (threads, buffers) = (&device.threads, &device.buffers);
    let (m, n, k, beta) = (gemm.m, gemm.n, gemm.k, gemm.beta);
    if m < ROWS {
        let split = ColumnSplit::new(m, n, k).scaled(gemm.alpha, beta);
        return buffers.with(split.len(), |sums| {
            multiply_columns(threads, split, left, right, c, sums);
        });
    }
    buffers.with(packed_b_len(k, n), |memory| {
        let right = PackedB::new(threads, right, [k, n], memory);
        let size = rows_of_task(m);
        threads.split(m.div_ceil(size), chunks(c, size * n), |task, c| {
            if beta != 0.0 {
                scale(beta, c);
            }
            let rows = task * size..m.min((task + 1) * size);
            right.multiply_scaled(left, rows, gemm.alpha, beta == 0.0, c);
        });
    })
}

/// beta·C; with beta = 0, C is not read.
fn scale(beta: f32, c: &mut [f32]) {
    if beta == 0.0 {
        c.fill(0.0);
    } else if beta != 1.0 {
        c.iter_mut().for_each(|value| *value *= beta);
    }
}
