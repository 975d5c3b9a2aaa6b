//! Dense products C (m×n) += factor·A (m×k)·B (k×n), as in BLIS: operands are packed into micro-panels, from matrices or
//! from the patches of images, and one micro-kernel multiplies them.
//!
//! Two ways to cut the work: by rows of C, all tasks sharing a packed B, or by columns of C and parts of the inner dimension,
//! each task packing what it needs. Sizes alone decide how, and sums have one order, so that the result is the same bits for
//! any number of threads. Where there are no vectors for the micro-kernel, matrixmultiply does the plain products.

mod buffers;
mod by_columns;
mod by_rows;
mod matrix;
mod micro_kernel;
mod pack_a;
mod pack_b;
mod product;
mod unvectorized;

pub(crate) use buffers::with_pack_buffers;
pub(crate) use by_columns::{ColumnSplit, multiply_columns};
pub(crate) use by_rows::rows_of_task;
pub(crate) use matrix::{ColumnMajor, RowMajor};
pub(crate) use micro_kernel::{KC, MR, NR, PackedA, PanelA, PanelProduct, RowB};
pub(crate) use pack_a::PackA;
pub(crate) use pack_b::{PackB, PackedB, packed_b_len};
pub(crate) use product::gemm;

/// The parts that `len` is cut into, each at most `most` long and nearly equal.
pub(crate) fn parts(len: usize, most: usize) -> impl Iterator<Item = std::ops::Range<usize>> + Clone {
    let size = len.div_ceil(len.div_ceil(most).max(1)).max(1);
    (0..len)
        .step_by(size)
        .map(move |start| start..(start + size).min(len))
}
