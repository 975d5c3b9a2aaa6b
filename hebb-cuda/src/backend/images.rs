//! Patch extraction and pooling of channels-last images, with their adjoints.

use hebb_core::Result;
use hebb_core::geometry::{ConvGeometry, ImageShape};
use hebb_core::plan::{Pool, PoolKind};

use super::handle::CudaBackend;
use crate::buffer::CudaBuffer;
use crate::driver::{LaunchConfig, arguments};
use crate::kernel::Kernel;
use crate::shapes::{convolution, pooling, size};

pub(super) fn im2col(
    backend: &CudaBackend,
    conv: &ConvGeometry,
    images: usize,
    input: &CudaBuffer,
    patches: &mut CudaBuffer,
) -> Result<()> {
    let read = images * conv.input().len();
    let written = images * conv.positions() * conv.patch_len();
    let (input, patches) = (input.need("input", read)?, patches.need_mut("patches", written)?);
    size("input", read)?;
    let (len, words) = (size("patches", written)?, convolution(conv)?);
    let arguments = arguments![len, &words[..], input, patches];
    backend.launch(Kernel::Im2col, LaunchConfig::elements(len), &arguments)
}

pub(super) fn pool(
    backend: &CudaBackend,
    pool: &Pool,
    images: usize,
    input: ImageShape,
    x: &CudaBuffer,
    out: &mut CudaBuffer,
) -> Result<()> {
    let output = pool.output(input)?;
    let (read, written) = (images * input.len(), images * output.len());
    let (x, out) = (x.need("x", read)?, out.need_mut("out", written)?);
    size("x", read)?;
    let (len, words) = (size("out", written)?, pooling(pool, input, output)?);
    let arguments = arguments![len, &words[..], x, out];
    backend.launch(Kernel::Pool, LaunchConfig::elements(len), &arguments)
}

pub(super) fn col2im(
    backend: &CudaBackend,
    conv: &ConvGeometry,
    images: usize,
    patches: &CudaBuffer,
    input: &mut CudaBuffer,
) -> Result<()> {
    let read = images * conv.positions() * conv.patch_len();
    let written = images * conv.input().len();
    let (patches, input) = (patches.need("patches", read)?, input.need_mut("input", written)?);
    size("patches", read)?;
    let (len, words) = (size("input", written)?, convolution(conv)?);
    let arguments = arguments![len, &words[..], patches, input];
    backend.launch(Kernel::Col2im, LaunchConfig::elements(len), &arguments)
}

impl CudaBackend {
    /// [`hebb_core::Backend::pool_backward`].
    pub(super) fn unpool(
        &self,
        pool: &Pool,
        images: usize,
        input: ImageShape,
        x: &CudaBuffer,
        upstream: &CudaBuffer,
        downstream: &mut CudaBuffer,
    ) -> Result<()> {
        let output = pool.output(input)?;
        let (inner, outer) = (images * input.len(), images * output.len());
        // Averages do not depend on x.
        let read = usize::from(pool.kind == PoolKind::Max) * inner;
        let (x, upstream) = (x.need("x", read)?, upstream.need("upstream", outer)?);
        let downstream = downstream.need_mut("downstream", inner)?;
        size("upstream", outer)?;
        let (len, words) = (size("x", inner)?, pooling(pool, input, output)?);
        let arguments = arguments![len, &words[..], x, upstream, downstream];
        self.launch(Kernel::PoolBackward, LaunchConfig::elements(len), &arguments)
    }
}
