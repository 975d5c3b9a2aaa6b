//! Element-wise operations.

use hebb_core::Result;
use hebb_core::backend::Dims;
use hebb_core::rule::Expr;

use super::formulas::update;
use super::handle::CudaBackend;
use crate::buffer::CudaBuffer;
use crate::driver::{Argument, FormulaOperand, LaunchConfig, Spread};
use crate::kernel::Kernel;
use crate::shapes::size;

use Argument::{Output, Unsigned};

pub(super) fn multiply(
    backend: &CudaBackend,
    len: usize,
    factor: &CudaBuffer,
    x: &mut CudaBuffer,
) -> Result<()> {
    let factor = FormulaOperand::matrix(factor.need("factor", len)?);
    let product = Expr::Activity * Expr::Similarity;
    update(backend, &product, Dims::new(1, len), x, &[factor])
}

pub(super) fn scale_rows(
    backend: &CudaBackend,
    dims: Dims,
    scale: &CudaBuffer,
    x: &mut CudaBuffer,
) -> Result<()> {
    let scale = FormulaOperand::new(scale.need("scale", dims.rows)?, 0, Spread::PerRow);
    update(backend, &(Expr::Activity * Expr::Similarity), dims, x, &[scale])
}

pub(super) fn add_scaled_rows(
    backend: &CudaBackend,
    dims: Dims,
    scale: &CudaBuffer,
    x: &CudaBuffer,
    y: &mut CudaBuffer,
) -> Result<()> {
    let scale = FormulaOperand::new(scale.need("scale", dims.rows)?, 0, Spread::PerRow);
    let x = FormulaOperand::matrix(x.need("x", dims.len())?);
    let sum = Expr::Activity + Expr::Similarity * Expr::Teacher;
    update(backend, &sum, dims, y, &[scale, x])
}

pub(super) fn lower_triangle(backend: &CudaBackend, side: usize, x: &mut CudaBuffer) -> Result<()> {
    let x = x.need_mut("x", side * side)?;
    let len = size("x", side * side)?;
    let arguments = [Unsigned(size("a row", side)?), Output(x)];
    backend.launch(Kernel::LowerTriangle, LaunchConfig::elements(len), &arguments)
}
