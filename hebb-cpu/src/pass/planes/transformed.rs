//! U (N×positions) of a whole image by Winograd, and the norms of its patches.

use crate::primitives::sums::sum_of;
use crate::simd::{kernel, vectorized};
use crate::winograd::{Filters, Forward, POINTS, Tiling, spacing, split_mut};

/// The responses of one image.
#[derive(Debug)]
pub(super) struct TransformedProduct<'a> {
    pub(super) tiling: &'a Tiling,
    pub(super) filters: Filters<'a>,
    /// The image (H, W, C) with its padding.
    pub(super) padded: &'a [f32],
    /// Memory of [`TransformedProduct::len`].
    pub(super) memory: &'a mut [f32],
    pub(super) units: usize,
    /// U: one row of positions for each unit.
    pub(super) u: &'a mut [f32],
}

impl TransformedProduct<'_> {
    /// Values of the memory.
    pub(super) fn len(tiling: &Tiling, units: usize) -> usize {
        let tiles = tiling.tiles();
        POINTS * spacing(tiles * tiling.channels) + Forward::products_len(tiles) + tiling.positions() * units
    }

    pub(super) fn run(self) {
        let (tiling, units) = (self.tiling, self.units);
        let point = spacing(tiling.tiles() * tiling.channels);
        let (transformed, rest) = self.memory.split_at_mut(POINTS * point);
        let (rows, products) = rest.split_at_mut(tiling.positions() * units);
        let forward = Forward {
            tiling,
            images: self.padded,
            filters: self.filters,
            transformed: &mut split_mut(transformed, point),
            products,
            bias: None,
            columns: units,
            output: &mut *rows,
        };
        forward.run();
        vectorized(Transpose, (rows, units, self.u));
    }
}

/// Rows of units to rows of positions; behind the last position they keep what they hold.
#[inline(always)]
fn transpose(rows: &[f32], units: usize, u: &mut [f32]) {
    /// Rows at a time, so that the cache lines they are read from stay in cache.
    const ROWS: usize = 16;
    let span = u.len() / units;
    for (block, rows) in rows.chunks(ROWS * units).enumerate() {
        for (unit, u) in u.chunks_exact_mut(span).enumerate() {
            let values = rows[unit..].iter().step_by(units);
            u[block * ROWS..]
                .iter_mut()
                .zip(values)
                .for_each(|(u, value)| *u = *value);
        }
    }
}

kernel!(Transpose: transpose(rows: &[f32], units: usize, u: &mut [f32]));

/// Adds |x|² of the image's patches to `norms`, one value for each position; `memory` holds a value for each pixel.
#[inline(always)]
pub(super) fn add_squares(tiling: &Tiling, padded: &[f32], memory: &mut [f32], norms: &mut [f32]) {
    let width = tiling.width();
    for (pixel, square) in padded.chunks_exact(tiling.channels).zip(&mut *memory) {
        *square = sum_of(pixel, |value| value * value);
    }
    for (row, norms) in norms[..tiling.positions()].chunks_exact_mut(width).enumerate() {
        for squares in memory[row * (width + 2)..].chunks_exact(width + 2).take(3) {
            for (norm, squares) in norms.iter_mut().zip(squares.array_windows::<3>()) {
                *norm += squares.iter().sum::<f32>();
            }
        }
    }
}
