//! Patch extraction and pooling of channels-last images, with their adjoints.

use hebb_core::Result;
use hebb_core::backend::{PatchMatrix, PoolBatch};
use hebb_core::plan::PoolKind;

use super::handle::CudaBackend;
use crate::buffer::CudaBuffer;
use crate::driver::{LaunchConfig, arguments};
use crate::kernel::Kernel;
use crate::shapes::{convolution, pooling, size};

pub(super) fn im2col(
    backend: &CudaBackend,
    of: &PatchMatrix,
    input: &CudaBuffer,
    patches: &mut CudaBuffer,
) -> Result<()> {
    let (read, written) = (of.input_len(), of.dims().len());
    let (input, patches) = (input.need("input", read)?, patches.need_mut("patches", written)?);
    size("input", read)?;
    let (len, words) = (size("patches", written)?, convolution(&of.geometry)?);
    let arguments = arguments![len, &words[..], input, patches];
    backend.launch(Kernel::Im2col, LaunchConfig::elements(len), &arguments)
}

pub(super) fn pool(
    backend: &CudaBackend,
    batch: &PoolBatch,
    x: &CudaBuffer,
    out: &mut CudaBuffer,
) -> Result<()> {
    let (read, written) = (batch.input_len(), batch.output_len());
    let (x, out) = (x.need("x", read)?, out.need_mut("out", written)?);
    size("x", read)?;
    let (len, words) = (size("out", written)?, pooling(batch)?);
    let arguments = arguments![len, &words[..], x, out];
    backend.launch(Kernel::Pool, LaunchConfig::elements(len), &arguments)
}

pub(super) fn col2im(
    backend: &CudaBackend,
    of: &PatchMatrix,
    patches: &CudaBuffer,
    input: &mut CudaBuffer,
) -> Result<()> {
    let (read, written) = (of.dims().len(), of.input_len());
    let (patches, input) = (patches.need("patches", read)?, input.need_mut("input", written)?);
    size("patches", read)?;
    let (len, words) = (size("input", written)?, convolution(&of.geometry)?);
    let arguments = arguments![len, &words[..], patches, input];
    backend.launch(Kernel::Col2im, LaunchConfig::elements(len), &arguments)
}

impl CudaBackend {
    /// [`hebb_core::Backend::pool_backward`].
    pub(super) fn unpool(
        &self,
        batch: &PoolBatch,
        x: &CudaBuffer,
        grad_output: &CudaBuffer,
        grad_input: &mut CudaBuffer,
    ) -> Result<()> {
        let (inner, outer) = (batch.input_len(), batch.output_len());
        // Averages do not depend on x.
        let read = usize::from(batch.pool.kind == PoolKind::Max) * inner;
        let (x, grad_output) = (x.need("x", read)?, grad_output.need("grad_output", outer)?);
        let grad_input = grad_input.need_mut("grad_input", inner)?;
        size("grad_output", outer)?;
        let (len, words) = (size("x", inner)?, pooling(batch)?);
        let arguments = arguments![len, &words[..], x, grad_output, grad_input];
        self.launch(Kernel::PoolBackward, LaunchConfig::elements(len), &arguments)
    }
}
