//! The input transform of images, and its adjoint for their gradients.

use super::tiling::{POINTS, SIDE, Tiling};
use super::transform::{both, input, input_adjoint};
use super::vectors::{load, store};
use crate::simd::kernel;
use pulp::Simd;

/// The input transform Bᵀ d B of the tiles of some images (H, W, C) with their padding: for each point a row of C values for
/// each tile.
#[inline(always)]
fn input_transform<S: Simd>(
    simd: S,
    tiling: &Tiling,
    images: &[f32],
    transformed: &mut [&mut [f32]; POINTS],
) {
    let (channels, row_len, len) = (tiling.channels, tiling.row_len(), tiling.image_len());
    for (index, image) in images.chunks_exact(len).enumerate() {
        for at in 0..tiling.tiles() {
            let [row, column] = tiling.first(at);
            let start = row * row_len + column * channels;
            // Rows and columns that exist: an odd output leaves the last tile's fourth ones out.
            let rows = (len - row * row_len) / row_len;
            let columns = row_len / channels - column;
            let to = (index * tiling.tiles() + at) * channels;
            for channel in (0..channels).step_by(S::F32_LANES) {
                let mut values = [[simd.splat_f32s(0.0); SIDE]; SIDE];
                for (row, values) in values.iter_mut().enumerate().take(rows) {
                    for (column, value) in values.iter_mut().enumerate().take(columns) {
                        let pixel = &image[start + row * row_len + column * channels..][..channels];
                        *value = load(simd, pixel, channel);
                    }
                }
                let found = both(simd, values, input::<S>);
                for (point, values) in transformed.iter_mut().zip(found.as_flattened()) {
                    store(simd, &mut point[to..to + channels], channel, *values);
                }
            }
        }
    }
}

kernel!(pub(crate) InputTransform: simd input_transform(tiling: &Tiling, images: &[f32], transformed: &mut [&mut [f32]; POINTS]));

/// The adjoint B v Bᵀ of the input transform, added up to images (H, W, C) without padding.
#[inline(always)]
fn input_adjoint_of<S: Simd>(simd: S, tiling: &Tiling, transformed: [&[f32]; POINTS], images: &mut [f32]) {
    let (channels, row_len) = (tiling.channels, tiling.input_row_len());
    for (index, image) in images.chunks_exact_mut(tiling.input_len()).enumerate() {
        for at in 0..tiling.tiles() {
            let [row, column] = tiling.first(at);
            let from = (index * tiling.tiles() + at) * channels;
            for channel in (0..channels).step_by(S::F32_LANES) {
                let mut values = [[simd.splat_f32s(0.0); SIDE]; SIDE];
                for (value, point) in values.as_flattened_mut().iter_mut().zip(transformed) {
                    *value = load(simd, &point[from..from + channels], channel);
                }
                let found = both(simd, values, input_adjoint::<S>);
                for (down, y) in tiling.places(0, row) {
                    for (across, x) in tiling.places(1, column) {
                        let pixel = &mut image[y * row_len + x * channels..][..channels];
                        let sum = simd.add_f32s(load(simd, pixel, channel), found[down][across]);
                        store(simd, pixel, channel, sum);
                    }
                }
            }
        }
    }
}

kernel!(pub(super) InputAdjoint: simd input_adjoint_of(tiling: &Tiling, transformed: [&[f32]; POINTS], images: &mut [f32]));
