//! Softmax cross-entropy.

use hebb_core::Result;
use hebb_core::backend::Dims;

use super::handle::CudaBackend;
use crate::buffer::CudaBuffer;
use crate::driver::{LaunchConfig, arguments};
use crate::kernel::Kernel;
use crate::shapes::size;

pub(super) fn gradient(
    backend: &CudaBackend,
    dims: Dims,
    logits: &CudaBuffer,
    labels: &CudaBuffer,
    gradient: &mut CudaBuffer,
) -> Result<()> {
    let logits = logits.need("logits", dims.len())?;
    let labels = labels.need("labels", dims.rows)?;
    let gradient = gradient.need_mut("gradient", dims.len())?;
    size("logits", dims.len())?;
    let (rows, classes) = (size("logits", dims.rows)?, size("a row", dims.cols)?);
    let share = 1.0 / dims.rows.max(1) as f32;
    let arguments = arguments![rows, classes, share, logits, labels, gradient];
    backend.launch(Kernel::EntropyGradient, LaunchConfig::warps(rows), &arguments)
}

pub(super) fn scores(
    backend: &CudaBackend,
    dims: Dims,
    logits: &CudaBuffer,
    labels: &CudaBuffer,
    scores: &mut CudaBuffer,
) -> Result<()> {
    let logits = logits.need("logits", dims.len())?;
    let labels = labels.need("labels", dims.rows)?;
    let scores = scores.need_mut("scores", 2 * dims.rows)?;
    size("logits", dims.len())?;
    let (rows, classes) = (size("logits", dims.rows)?, size("a row", dims.cols)?);
    let arguments = arguments![rows, classes, logits, labels, scores];
    backend.launch(Kernel::EntropyScores, LaunchConfig::warps(rows), &arguments)
}
