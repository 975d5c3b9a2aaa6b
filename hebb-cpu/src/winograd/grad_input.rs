//! The gradient of the images: transformed output gradients times transformed filters, then the adjoint input transform.

use super::filters::Filters;
use super::grad_output::{GradOutput, TilesByUnits};
use super::input::InputAdjoint;
use super::tiling::{POINTS, Tiling};
use super::{spacing, split};
use crate::simd::vectorized;

/// The gradient of some images.
#[derive(Debug)]
pub(crate) struct GradInput<'a> {
    pub(crate) tiling: &'a Tiling,
    /// Of these images alone.
    pub(crate) grad_output: GradOutput<'a>,
    /// N rows, a column for each channel.
    pub(crate) filters: Filters<'a>,
    /// Memory of [`GradInput::memory_len`].
    pub(crate) memory: &'a mut [f32],
    /// Images (H, W, C) without padding.
    pub(crate) images: &'a mut [f32],
}

impl GradInput<'_> {
    /// Values that `images` need.
    pub(crate) fn memory_len(tiling: &Tiling, images: usize) -> usize {
        POINTS * spacing(images * tiling.tiles() * tiling.channels)
    }

    /// Computes it.
    pub(crate) fn run(self) {
        let (tiling, channels) = (self.tiling, self.tiling.channels);
        let tiles = self.images.len() / tiling.input_len() * tiling.tiles();
        let point_len = spacing(tiles * channels);
        for (point, products) in self.memory.chunks_exact_mut(point_len).take(POINTS).enumerate() {
            let left = TilesByUnits(self.grad_output, point);
            let filters = self.filters.point(point);
            filters.multiply(left, 0..tiles, &mut products[..tiles * channels]);
        }
        self.images.fill(0.0);
        let transformed = split(self.memory, point_len);
        vectorized(InputAdjoint, (tiling, transformed, self.images));
    }
}
