//! Element-wise operations.

use hebb_core::Result;

use super::handle::CudaBackend;
use crate::buffer::CudaBuffer;
use crate::driver::{LaunchConfig, arguments};
use crate::kernel::Kernel;
use crate::shapes::size;

pub(super) fn lower_triangle(backend: &CudaBackend, side: usize, x: &mut CudaBuffer) -> Result<()> {
    let x = x.need_mut("x", side * side)?;
    let len = size("x", side * side)?;
    let arguments = arguments![size("a row", side)?, x];
    backend.launch(Kernel::LowerTriangle, LaunchConfig::elements(len), &arguments)
}
