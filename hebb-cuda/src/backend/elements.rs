//! Element-wise operations.

use hebb_core::Result;
use hebb_core::backend::Dims;

use super::handle::CudaBackend;
use crate::buffer::CudaBuffer;
use crate::driver::{Argument, LaunchConfig};
use crate::kernel::Kernel;
use crate::shapes::size;

use Argument::{Input, Output, Unsigned};

pub(super) fn multiply(
    backend: &CudaBackend,
    len: usize,
    factor: &CudaBuffer,
    x: &mut CudaBuffer,
) -> Result<()> {
    let (factor, x) = (factor.need("factor", len)?, x.need_mut("x", len)?);
    let len = size("x", len)?;
    backend.launch(
        Kernel::Multiply,
        LaunchConfig::elements(len),
        &[Unsigned(len), Input(factor), Output(x)],
    )
}

pub(super) fn scale_rows(
    backend: &CudaBackend,
    dims: Dims,
    scale: &CudaBuffer,
    x: &mut CudaBuffer,
) -> Result<()> {
    let (scale, x) = (scale.need("scale", dims.rows)?, x.need_mut("x", dims.len())?);
    let (len, cols) = (size("x", dims.len())?, size("a row", dims.cols)?);
    let arguments = [Unsigned(len), Unsigned(cols), Input(scale), Output(x)];
    backend.launch(Kernel::ScaleRows, LaunchConfig::elements(len), &arguments)
}

pub(super) fn add_scaled_rows(
    backend: &CudaBackend,
    dims: Dims,
    scale: &CudaBuffer,
    x: &CudaBuffer,
    y: &mut CudaBuffer,
) -> Result<()> {
    let (scale, x) = (scale.need("scale", dims.rows)?, x.need("x", dims.len())?);
    let y = y.need_mut("y", dims.len())?;
    let (len, cols) = (size("y", dims.len())?, size("a row", dims.cols)?);
    let arguments = [Unsigned(len), Unsigned(cols), Input(scale), Input(x), Output(y)];
    backend.launch(Kernel::AddScaledRows, LaunchConfig::elements(len), &arguments)
}

pub(super) fn lower_triangle(backend: &CudaBackend, side: usize, x: &mut CudaBuffer) -> Result<()> {
    let x = x.need_mut("x", side * side)?;
    let len = size("x", side * side)?;
    let arguments = [Unsigned(size("a row", side)?), Output(x)];
    backend.launch(Kernel::LowerTriangle, LaunchConfig::elements(len), &arguments)
}
