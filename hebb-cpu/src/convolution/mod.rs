//! Convolutions trained by gradient descent: patches are packed straight from the images, never written as a matrix.

mod backward;
mod forward;
mod winograd;

use crate::device::CpuBackend;
use crate::image::{PaddedLayout, Patches, Sources};
use crate::memory::{KeptBuffer, prefix};
use crate::threads::chunks;
use crate::winograd::Tiling;
use hebb_core::Result;
use hebb_core::backend::Convolution;

/// Rows of a product below which it is cut by columns.
const ROWS: usize = 256;

/// Memory of a convolution that a layer keeps between batches.
#[derive(Debug, Default)]
pub(crate) struct ConvolutionScratch {
    padded: PaddedScratch,
    /// The weights, packed.
    packed_b: KeptBuffer,
}

#[derive(Debug, Default)]
struct PaddedScratch {
    sources: Sources,
    images: KeptBuffer,
}

/// A convolution of a batch, with its checked operands.
#[derive(Debug)]
pub(crate) struct ConvolutionPass<'a> {
    device: &'a CpuBackend,
    convolution: &'a Convolution,
    /// The images (B, H, W, C).
    input: &'a [f32],
    /// W, N×K.
    weights: &'a [f32],
}

impl<'a> ConvolutionPass<'a> {
    pub(crate) fn new(
        device: &'a CpuBackend,
        convolution: &'a Convolution,
        input: &'a [f32],
        weights: &'a [f32],
    ) -> Result<Self> {
        let pixels = convolution.images * convolution.geometry.input().len();
        let len = convolution.units * convolution.patches().cols;
        Ok(Self {
            device,
            convolution,
            input: prefix("the images of a convolution", input, pixels)?,
            weights: prefix("the weights of a convolution", weights, len)?,
        })
    }

    /// The tiling, if the convolution goes by Winograd.
    fn tiling(&self) -> Option<Tiling> {
        let dims = self.convolution.responses();
        Tiling::of(self.device, &self.convolution.geometry, dims.cols).filter(|_| dims.rows >= ROWS)
    }

    /// The patches of the batch, read where the images lie, or where they lie with their padding.
    fn patches<'p>(&'p self, scratch: &'p mut PaddedScratch) -> Result<Patches<'p>> {
        let (conv, images) = (&self.convolution.geometry, self.convolution.images);
        let layout = PaddedLayout::new(conv);
        if !layout.has_padding() {
            return Ok(Patches::new(conv, &layout, self.input));
        }
        layout.fill_sources(&mut scratch.sources)?;
        let padded = scratch.images.take(images * layout.len())?;
        let (sources, len) = (&scratch.sources, conv.input().len());
        let threads = &self.device.threads;
        threads.split(images, chunks(&mut *padded, layout.len()), |image, padded| {
            layout.pad(sources, &self.input[image * len..][..len], padded);
        });
        Ok(Patches::new(conv, &layout, padded))
    }
}
