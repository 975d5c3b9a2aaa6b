//! Images to components, and the way back for their gradients.

use super::lanes::{load, store};
use super::transform::{both, tile, tile_adjoint};
use super::{COMPONENTS, Grid};
use pulp::{Simd, WithSimd};

/// The components of some images' tiles: Bᵀ d B.
#[derive(Debug)]
pub(crate) struct Analyse<'a, 'c> {
    pub(crate) grid: &'a Grid,
    /// Images (H, W, C) with their padding.
    pub(crate) images: &'a [f32],
    /// A row of C values for each tile.
    pub(crate) components: &'a mut [&'c mut [f32]; COMPONENTS],
}

impl WithSimd for Analyse<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            grid,
            images,
            components,
        } = self;
        let (channels, line, len) = (grid.channels, grid.line(), grid.image_len());
        for (index, image) in images.chunks_exact(len).enumerate() {
            for at in 0..grid.tiles() {
                let [row, column] = grid.first(at);
                let start = row * line + column * channels;
                // Rows and columns that exist: an odd output leaves the last tile's fourth ones out.
                let rows = (len - row * line) / line;
                let columns = line / channels - column;
                let to = (index * grid.tiles() + at) * channels;
                for channel in (0..channels).step_by(S::F32_LANES) {
                    let mut values = [[simd.splat_f32s(0.0); 4]; 4];
                    for (row, values) in values.iter_mut().enumerate().take(rows) {
                        for (column, value) in values.iter_mut().enumerate().take(columns) {
                            let pixel = &image[start + row * line + column * channels..][..channels];
                            *value = load(simd, pixel, channel);
                        }
                    }
                    let found = both(simd, values, tile::<S>);
                    for (component, values) in components.iter_mut().zip(found.as_flattened()) {
                        store(simd, &mut component[to..to + channels], channel, *values);
                    }
                }
            }
        }
    }
}

/// What the components of some images' tiles add to the images: B v Bᵀ.
#[derive(Debug)]
pub(crate) struct AddTiles<'a> {
    pub(crate) grid: &'a Grid,
    /// A row of C values for each tile.
    pub(crate) components: [&'a [f32]; COMPONENTS],
    /// Images (H, W, C) without padding.
    pub(crate) images: &'a mut [f32],
}

impl WithSimd for AddTiles<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            grid,
            components,
            images,
        } = self;
        let (channels, line) = (grid.channels, grid.own_line());
        for (index, image) in images.chunks_exact_mut(grid.own_len()).enumerate() {
            for at in 0..grid.tiles() {
                let [row, column] = grid.first(at);
                let from = (index * grid.tiles() + at) * channels;
                for channel in (0..channels).step_by(S::F32_LANES) {
                    let mut values = [[simd.splat_f32s(0.0); 4]; 4];
                    for (value, component) in values.as_flattened_mut().iter_mut().zip(components) {
                        *value = load(simd, &component[from..from + channels], channel);
                    }
                    let found = both(simd, values, tile_adjoint::<S>);
                    for (down, y) in grid.places(0, row) {
                        for (across, x) in grid.places(1, column) {
                            let pixel = &mut image[y * line + x * channels..][..channels];
                            let sum = simd.add_f32s(load(simd, pixel, channel), found[down][across]);
                            store(simd, pixel, channel, sum);
                        }
                    }
                }
            }
        }
    }
}
