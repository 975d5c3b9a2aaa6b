//! General matrix products: C = alpha·op(A)·op(B) + beta·C.

use super::unvectorized::multiply_unvectorized;
use super::{ColumnMajor, ColumnSplit, MultiplyRows, PackA, PackB, RowMajor};
use super::{multiply_columns, pack_b, packed_b_len, rows_of_task};
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
    let by_rows = |values, columns| RowMajor { values, columns };
    let by_columns = |values, rows| ColumnMajor { values, rows };
    let run = Run { device, gemm };
    match (gemm.transpose_a, gemm.transpose_b) {
        (false, false) => run.multiply(by_rows(a, k), by_rows(b, n), c),
        (false, true) => run.multiply(by_rows(a, k), by_columns(b, k), c),
        (true, false) => run.multiply(by_columns(a, m), by_rows(b, n), c),
        (true, true) => run.multiply(by_columns(a, m), by_columns(b, k), c),
    }
}

struct Run<'a> {
    device: &'a CpuBackend,
    gemm: Gemm,
}

impl Run<'_> {
    fn multiply(&self, left: impl PackA, right: impl PackB, c: &mut [f32]) -> Result<()> {
        /// Rows of C from which on cutting by rows gives enough tasks that are large enough.
        const ROWS: usize = 512;
        let CpuBackend { threads, buffers, .. } = self.device;
        let Gemm {
            m, n, k, alpha, beta, ..
        } = self.gemm;
        if m < ROWS {
            let split = ColumnSplit::new(m, n, k).scaled(alpha, beta);
            return buffers.with(split.len(), |sums| {
                multiply_columns(threads, split, left, right, c, sums);
            });
        }
        buffers.with(packed_b_len(k, n), |packed_b| {
            let packed_b = pack_b(threads, right, [k, n], packed_b);
            let size = rows_of_task(m);
            threads.split(m.div_ceil(size), chunks(c, size * n), |task, c| {
                if beta != 0.0 {
                    scale(beta, c);
                }
                MultiplyRows {
                    left,
                    rows: task * size..m.min((task + 1) * size),
                    packed_b,
                    depth: k,
                    columns: n,
                    factor: alpha,
                    fresh: beta == 0.0,
                    c,
                }
                .run();
            });
        })
    }
}

/// beta·C; with beta = 0, C is not read.
fn scale(beta: f32, c: &mut [f32]) {
    if beta == 0.0 {
        c.fill(0.0);
    } else if beta != 1.0 {
        c.iter_mut().for_each(|value| *value *= beta);
    }
}
