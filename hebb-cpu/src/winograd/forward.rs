//! The forward convolution: transformed images times transformed filters, then the output transform.

use super::filters::Filters;
use super::input::InputTransform;
use super::tiling::{POINTS, SIDE, Tiling};
use super::transform::{both, output};
use super::vectors::{load, store};
use super::{spacing, split};
use crate::gemm::{NR, RowMajor};
use crate::simd::{kernel, vectorized};
use pulp::Simd;

/// Columns whose products are held before they become outputs: few enough for a second-level cache.
const CACHED: usize = 4 * NR;

/// The outputs of some images.
#[derive(Debug)]
pub(crate) struct Forward<'a, 'c> {
    pub(crate) tiling: &'a Tiling,
    /// Images (H, W, C) with their padding.
    pub(crate) images: &'a [f32],
    pub(crate) filters: Filters<'a>,
    /// Memory of the transformed images: for each point a row of C values for each tile.
    pub(crate) transformed: &'a mut [&'c mut [f32]; POINTS],
    /// Memory of [`Forward::products_len`].
    pub(crate) products: &'a mut [f32],
    pub(crate) bias: Option<&'a [f32]>,
    /// Values of a row of outputs.
    pub(crate) columns: usize,
    /// A row for each output, nothing between them.
    pub(crate) output: &'a mut [f32],
}

impl Forward<'_, '_> {
    /// Values that the products of `tiles` need.
    pub(crate) fn products_len(tiles: usize) -> usize {
        POINTS * spacing(tiles * CACHED)
    }

    /// Computes them.
    pub(crate) fn run(self) {
        let (tiling, images, transformed) = (self.tiling, self.images, self.transformed);
        vectorized(InputTransform, (tiling, images, &mut *transformed));
        let tiles = images.len() / tiling.image_len() * tiling.tiles();
        let point_len = spacing(tiles * CACHED);
        for from in (0..self.columns).step_by(CACHED) {
            let columns = CACHED.min(self.columns - from);
            for (point, products) in self.products.chunks_exact_mut(point_len).take(POINTS).enumerate() {
                let left = RowMajor::new(transformed[point], tiling.channels);
                let filters = self.filters.point(point).columns(from..from + columns);
                filters.multiply(left, 0..tiles, &mut products[..tiles * columns]);
            }
            let bias = self.bias.map(|bias| &bias[from..][..columns]);
            let products = split(self.products, point_len);
            let columns = [from, columns, self.columns];
            vectorized(
                OutputTransform,
                (tiling, products, bias, columns, &mut *self.output),
            );
        }
    }
}

/// The output transform Aᵀ m A of the products; `columns` are the first, how many, and those of a row of outputs.
#[inline(always)]
fn output_transform<S: Simd>(
    simd: S,
    tiling: &Tiling,
    products: [&[f32]; POINTS],
    bias: Option<&[f32]>,
    columns: [usize; 3],
    to: &mut [f32],
) {
    let [from, columns, stride] = columns;
    let images = to.chunks_exact_mut(tiling.positions() * stride);
    for (index, outputs) in images.enumerate() {
        for tile in 0..tiling.tiles() {
            let start = (index * tiling.tiles() + tile) * columns;
            let positions = tiling.outputs_of(tile);
            for column in (0..columns).step_by(S::F32_LANES) {
                let mut values = [[simd.splat_f32s(0.0); SIDE]; SIDE];
                for (value, products) in values.as_flattened_mut().iter_mut().zip(products) {
                    *value = load(simd, &products[start..][..columns], column);
                }
                let found = both(simd, values, output::<S>);
                for (position, value) in positions.as_flattened().iter().zip(found.as_flattened()) {
                    if let Some(position) = position {
                        let value = match bias {
                            Some(bias) => simd.add_f32s(*value, load(simd, bias, column)),
                            None => *value,
                        };
                        let row = &mut outputs[position * stride + from..][..columns];
                        store(simd, row, column, value);
                    }
                }
            }
        }
    }
}

kernel!(OutputTransform: simd output_transform(tiling: &Tiling, products: [&[f32]; POINTS], bias: Option<&[f32]>, columns: [usize; 3], to: &mut [f32]));
