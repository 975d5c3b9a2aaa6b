//! U (N×positions) of an image by Winograd's components.

use crate::instructions::dispatch;
use crate::primitives::sums::sum_of;
use crate::winograd::{COMPONENTS, Filters, Grid, Respond, part, split_mut};
use pulp::{Simd, WithSimd};

/// The responses of one image.
#[derive(Debug)]
pub(super) struct Responses<'a> {
    pub(super) grid: &'a Grid,
    pub(super) filters: Filters<'a>,
    /// The image (H, W, C) with its padding.
    pub(super) padded: &'a [f32],
    /// Room of [`Responses::room_len`].
    pub(super) room: &'a mut [f32],
    pub(super) units: usize,
    /// U: one row of positions for each unit.
    pub(super) u: &'a mut [f32],
}

impl Responses<'_> {
    pub(super) fn room_len(grid: &Grid, units: usize) -> usize {
        let tiles = grid.tiles();
        COMPONENTS * part(tiles * grid.channels) + Respond::products_len(tiles) + grid.positions() * units
    }

    /// Computes them.
    pub(super) fn run(self) {
        let (grid, units) = (self.grid, self.units);
        let part = part(grid.tiles() * grid.channels);
        let (components, rest) = self.room.split_at_mut(COMPONENTS * part);
        let (rows, products) = rest.split_at_mut(grid.positions() * units);
        let work = Respond {
            grid,
            images: self.padded,
            filters: self.filters,
            components: &mut split_mut(components, part),
            products,
            bias: None,
            columns: units,
            output: &mut *rows,
        };
        work.run();
        dispatch(Transpose {
            rows,
            units,
            u: self.u,
        });
    }
}

/// Rows of units to rows of positions; behind the last position they keep what they hold.
struct Transpose<'a> {
    rows: &'a [f32],
    units: usize,
    u: &'a mut [f32],
}

impl WithSimd for Transpose<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        /// Rows at a time, so that the lines they are read from stay near.
        const ROWS: usize = 16;
        let Self { rows, units, u } = self;
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
}

/// The sums of squares of an image's patches, one for each position.
#[derive(Debug)]
pub(super) struct Squares<'a> {
    pub(super) grid: &'a Grid,
    /// The image (H, W, C) with its padding.
    pub(super) padded: &'a [f32],
    /// Room for a value of each pixel.
    pub(super) room: &'a mut [f32],
    pub(super) norms: &'a mut [f32],
}

impl Squares<'_> {
    /// Adds them to `norms`.
    #[inline(always)]
    pub(super) fn run(self) {
        let Self {
            grid,
            padded,
            room,
            norms,
        } = self;
        let width = grid.width();
        let pixels = padded.chunks_exact(grid.channels);
        for (pixel, square) in pixels.zip(&mut *room) {
            *square = sum_of(pixel, |value| value * value);
        }
        for (row, norms) in norms[..grid.positions()].chunks_exact_mut(width).enumerate() {
            for line in room[row * (width + 2)..].chunks_exact(width + 2).take(3) {
                for (norm, squares) in norms.iter_mut().zip(line.array_windows::<3>()) {
                    *norm += squares.iter().sum::<f32>();
                }
            }
        }
    }
}
