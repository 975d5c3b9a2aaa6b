//! Convolutions and their gradients by Winograd.

use super::ConvolutionPass;
use crate::device::CpuBackend;
use crate::gemm::MR;
use crate::memory::KeptBuffer;
use crate::simd::vectorized;
use crate::threads::{chunks, chunks_of_all, even};
use crate::winograd::{
    Filters, Forward, GradFilter, GradInput, GradOutput, InputTransform, POINTS, Tiling, spacing, split,
    split_mut,
};
use hebb_core::Result;

/// Images of one task: enough tiles that reading the filters costs little.
fn images_of_task(tiling: &Tiling, images: usize) -> usize {
    const TILES: usize = 8 * MR;
    let most = (TILES / tiling.tiles()).max(1);
    images.div_ceil(even(images.div_ceil(most)))
}

impl ConvolutionPass<'_> {
    /// Y (P×N) = X Wᵀ + b, from images with their padding.
    pub(super) fn forward_transformed(
        &self,
        tiling: &Tiling,
        images: &[f32],
        bias: Option<&[f32]>,
        output: &mut [f32],
        packed_b: &mut KeptBuffer,
    ) -> Result<()> {
        let CpuBackend { threads, buffers, .. } = self.device;
        let (channels, image_len, units) = (tiling.channels, tiling.image_len(), self.convolution.units);
        let filters = Filters::of_units(threads, self.weights, channels, packed_b)?;
        let count = self.convolution.images;
        let at_once = images_of_task(tiling, count);
        let (tiles, row) = (at_once * tiling.tiles(), tiling.positions() * units);
        let (point_len, products) = (spacing(tiles * channels), Forward::products_len(tiles));
        let shared = chunks(output, at_once * row);
        threads.try_split(count.div_ceil(at_once), shared, |task, output| {
            let images = &images[task * at_once * image_len..][..output.len() / row * image_len];
            buffers.with(POINTS * point_len + products, |memory| {
                let (transformed, products) = memory.split_at_mut(POINTS * point_len);
                let forward = Forward {
                    tiling,
                    images,
                    filters,
                    transformed: &mut split_mut(transformed, point_len),
                    products,
                    bias,
                    columns: units,
                    output,
                };
                forward.run();
            })
        })
    }

    /// ∂L/∂W (N×K), from images with their padding, some at a time.
    pub(super) fn grad_weights_transformed(
        &self,
        tiling: &Tiling,
        images: &[f32],
        grad_output: &[f32],
        weights: &mut [f32],
    ) -> Result<()> {
        /// Values of transformed images at most, one image aside.
        const VALUES: usize = 1 << 22;
        let CpuBackend { threads, buffers, .. } = self.device;
        let units = self.convolution.units;
        let (len, image_len) = (tiling.tiles() * tiling.channels, tiling.image_len());
        let count = self.convolution.images;
        let at_once = (VALUES / (POINTS * len)).clamp(1, count);
        let point_len = spacing(at_once * len);
        buffers.with(POINTS * point_len, |memory| {
            for first in (0..count).step_by(at_once) {
                let some = &images[first * image_len..count.min(first + at_once) * image_len];
                self.transform(tiling, some, split_mut(memory, point_len));
                let row = tiling.positions() * units;
                let gradient = GradFilter {
                    grad_output: self.grad_output(tiling, &grad_output[first * row..]),
                    transformed: split(memory, point_len),
                    images: some.len() / image_len,
                    continues: first > 0,
                };
                gradient.run(threads, buffers, weights)?;
            }
            Ok(())
        })?
    }

    /// The input transform of images, image after image.
    fn transform(&self, tiling: &Tiling, images: &[f32], transformed: [&mut [f32]; POINTS]) {
        let len = tiling.image_len();
        let shared = chunks_of_all(transformed, tiling.tiles() * tiling.channels);
        let threads = &self.device.threads;
        threads.split(images.len() / len, shared, |image, mut transformed| {
            let images = &images[image * len..][..len];
            vectorized(InputTransform, (tiling, images, &mut transformed));
        });
    }

    /// ∂L/∂X of images whose padding is of zeros.
    pub(super) fn grad_input_transformed(
        &self,
        tiling: &Tiling,
        grad_output: &[f32],
        images: &mut [f32],
        packed_b: &mut KeptBuffer,
    ) -> Result<()> {
        let CpuBackend { threads, buffers, .. } = self.device;
        let (count, units) = (self.convolution.images, self.convolution.units);
        let filters = Filters::of_channels(threads, self.weights, tiling.channels, packed_b)?;
        let at_once = images_of_task(tiling, count);
        let row = tiling.positions() * units;
        let shared = chunks(images, at_once * tiling.input_len());
        threads.try_split(count.div_ceil(at_once), shared, |task, images| {
            buffers.with(GradInput::memory_len(tiling, at_once), |memory| {
                let gradient = GradInput {
                    tiling,
                    grad_output: self.grad_output(tiling, &grad_output[task * at_once * row..]),
                    filters,
                    memory,
                    images,
                };
                gradient.run();
            })
        })
    }

    /// The gradients of outputs, image after image.
    fn grad_output<'a>(&self, tiling: &'a Tiling, values: &'a [f32]) -> GradOutput<'a> {
        let units = self.convolution.units;
        GradOutput {
            tiling,
            values,
            units,
            group: [1, tiling.positions() * units],
            position: units,
            block: MR,
        }
    }
}
