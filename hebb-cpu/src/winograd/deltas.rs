//! What outputs teach or send back, as the left operands of products of components.

use super::Grid;
use super::transform::output_adjoint_factors;
use crate::product::{DEPTH, Left, ROWS, Side, Tile};
use std::ops::Range;

/// A value for every unit at every output of some images.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deltas<'a> {
    pub(crate) grid: &'a Grid,
    pub(crate) values: &'a [f32],
    /// Units, N.
    pub(crate) units: usize,
    /// Images that lie together, and values from one such group to the next.
    pub(crate) group: [usize; 2],
    /// Values from one output of an image to the next.
    pub(crate) position: usize,
    /// Values from one block of [`ROWS`] units to the next.
    pub(crate) block: usize,
}

impl<'a> Deltas<'a> {
    /// One component at a tile, A y Aᵀ, for the units whose values lie `offset` behind an output's first.
    #[inline(always)]
    fn component(&self, component: usize, tile: usize, offset: usize, to: &mut [f32]) {
        let (image, tile) = (tile / self.grid.tiles(), tile % self.grid.tiles());
        let start = image / self.group[0] * self.group[1]
            + image % self.group[0] * self.grid.positions() * self.position
            + offset;
        let mut factors = output_adjoint_factors(component);
        let mut values = [[&self.values[start..][..to.len()]; 2]; 2];
        for (row, positions) in self.grid.of_tile(tile).into_iter().enumerate() {
            for (column, position) in positions.into_iter().enumerate() {
                match position {
                    Some(at) => values[row][column] = &self.values[start + at * self.position..][..to.len()],
                    None => factors[row][column] = 0.0,
                }
            }
        }
        let ([[a, b], [c, d]], [[fa, fb], [fc, fd]]) = (values, factors);
        for (index, to) in to.iter_mut().enumerate() {
            *to = fa * a[index] + fb * b[index] + (fc * c[index] + fd * d[index]);
        }
    }
}

/// One component: units by tiles.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByUnits<'a>(pub(crate) Deltas<'a>, pub(crate) usize);

impl Left for ByUnits<'_> {
    #[inline(always)]
    fn side(tile: &Tile) -> Side<'_> {
        Side::Steps(tile.as_chunks().0)
    }

    #[inline(always)]
    fn pack(&self, rows: Range<usize>, steps: Range<usize>, tiles: &mut [Tile]) {
        let Self(deltas, component) = *self;
        let blocks = rows.start / ROWS..rows.end.div_ceil(ROWS);
        for (block, tile) in blocks.zip(tiles) {
            let units = ROWS.min(deltas.units - block * ROWS);
            let places = tile.as_chunks_mut::<ROWS>().0;
            for (step, place) in steps.clone().zip(places) {
                if units == ROWS {
                    deltas.component(component, step, block * deltas.block, place);
                } else {
                    deltas.component(component, step, block * deltas.block, &mut place[..units]);
                }
            }
        }
    }
}

/// One component: tiles by units, whose values lie side by side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByTiles<'a>(pub(crate) Deltas<'a>, pub(crate) usize);

impl Left for ByTiles<'_> {
    #[inline(always)]
    fn side(tile: &Tile) -> Side<'_> {
        Side::Rows(tile)
    }

    #[inline(always)]
    fn pack(&self, rows: Range<usize>, steps: Range<usize>, tiles: &mut [Tile]) {
        let Self(deltas, component) = *self;
        let places = tiles.as_flattened_mut().chunks_exact_mut(DEPTH);
        for (row, place) in rows.zip(places) {
            deltas.component(component, row, steps.start, &mut place[..steps.len()]);
        }
    }
}
