//! Dense products by matrixmultiply, for processors whose vectors the micro-kernel cannot use.

use super::rows_of_task;
use crate::threads::{Threads, chunks};
use hebb_core::backend::Gemm;
use hebb_core::{Error, Result};
use ndarray::linalg::general_mat_mul;
use ndarray::{ArrayView2, ArrayViewMut2, Axis, ShapeError, Slice};

/// C = alpha·op(A)·op(B) + beta·C by blocks of rows, whose size does not depend on the number of threads.
///
/// With beta = 0, C is not read.
pub(super) fn multiply_unvectorized(
    threads: &Threads,
    gemm: Gemm,
    [a, b]: [&[f32]; 2],
    c: &mut [f32],
) -> Result<()> {
    let Gemm { m, n, k, .. } = gemm;
    let a = operand(a, [m, k], gemm.transpose_a)?;
    let b = operand(b, [k, n], gemm.transpose_b)?;
    let size = rows_of_task(m);
    threads.try_split(m.div_ceil(size), chunks(c, size * n), |task, c| {
        let rows = c.len() / n;
        let mut c = ArrayViewMut2::from_shape((rows, n), c).map_err(misshapen)?;
        let a = a.slice_axis(Axis(0), Slice::from(task * size..task * size + rows));
        general_mat_mul(gemm.alpha, &a, &b, gemm.beta, &mut c);
        Ok(())
    })
}

/// The rows×columns operand in `values`, which may be stored transposed.
fn operand(values: &[f32], [rows, columns]: [usize; 2], transposed: bool) -> Result<ArrayView2<'_, f32>> {
    let view = |shape| ArrayView2::from_shape(shape, values).map_err(misshapen);
    Ok(match transposed {
        false => view((rows, columns))?,
        true => view((columns, rows))?.reversed_axes(),
    })
}

fn misshapen(error: ShapeError) -> Error {
    Error::Numerical {
        what: "a product",
        detail: error.to_string(),
    }
}
