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

/// Where a tile's four outputs start and what a component takes of each; nothing of those that do not exist.
struct Corners {
    starts: [usize; 4],
    factors: [f32; 4],
}

impl Deltas<'_> {
    #[inline(always)]
    fn corners(&self, component: usize, tile: usize) -> Corners {
        let (image, tile) = (tile / self.grid.tiles(), tile % self.grid.tiles());
        let (group, row) = (image / self.group[0], image % self.group[0]);
        let start = group * self.group[1] + row * self.grid.positions() * self.position;
        let mut corners = Corners {
            starts: [start; 4],
            factors: output_adjoint_factors(component),
        };
        for (corner, position) in self.grid.of_tile(tile).as_flattened().iter().enumerate() {
            match position {
                Some(at) => corners.starts[corner] += at * self.position,
                None => corners.factors[corner] = 0.0,
            }
        }
        corners
    }

    /// A component at a tile, A y Aᵀ, for the units whose values lie `offset` behind an output's first.
    #[inline(always)]
    fn add_up(&self, corners: &Corners, offset: usize, to: &mut [f32]) {
        let [start_a, start_b, start_c, start_d] = corners.starts;
        let [fa, fb, fc, fd] = corners.factors;
        let a = &self.values[start_a + offset..][..to.len()];
        let b = &self.values[start_b + offset..][..to.len()];
        let c = &self.values[start_c + offset..][..to.len()];
        let d = &self.values[start_d + offset..][..to.len()];
        for (index, to) in to.iter_mut().enumerate() {
            *to = fa * a[index] + fb * b[index] + (fc * c[index] + fd * d[index]);
        }
    }
}

/// One component: units by tiles.
#[derive(Clone, Copy, Debug)]
pub(super) struct ByUnits<'a>(pub(super) Deltas<'a>, pub(super) usize);

impl Left for ByUnits<'_> {
    #[inline(always)]
    fn side(tile: &Tile) -> Side<'_> {
        Side::Steps(tile.as_chunks().0)
    }

    #[inline(always)]
    fn pack(&self, rows: Range<usize>, steps: Range<usize>, tiles: &mut [Tile]) {
        let Self(deltas, component) = *self;
        let blocks = rows.start / ROWS..rows.end.div_ceil(ROWS);
        for (index, step) in steps.enumerate() {
            let corners = deltas.corners(component, step);
            for (block, tile) in blocks.clone().zip(&mut *tiles) {
                let place = &mut tile.as_chunks_mut::<ROWS>().0[index];
                let (units, offset) = (deltas.units - block * ROWS, block * deltas.block);
                if units >= ROWS {
                    deltas.add_up(&corners, offset, place);
                } else {
                    deltas.add_up(&corners, offset, &mut place[..units]);
                }
            }
        }
    }
}

/// One component: tiles by units, whose values lie side by side.
#[derive(Clone, Copy, Debug)]
pub(super) struct ByTiles<'a>(pub(super) Deltas<'a>, pub(super) usize);

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
            let corners = deltas.corners(component, row);
            deltas.add_up(&corners, steps.start, &mut place[..steps.len()]);
        }
    }
}
