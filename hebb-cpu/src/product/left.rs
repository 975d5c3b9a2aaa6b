//! The left operand of a product, packed a tile at a time.

use super::kernel::{DEPTH, ROWS, Side, Tile};
use crate::patches::Patches;
use std::ops::Range;

/// An operand of m rows and k steps.
pub(crate) trait Left: Copy + Sync {
    /// A tile as the kernel reads it.
    fn side(tile: &Tile) -> Side<'_>;

    /// Packs some rows, at most [`ROWS`] for each tile, and some steps, at most [`DEPTH`]; what is missing of a tile stays
    /// as it is.
    fn pack(&self, rows: Range<usize>, steps: Range<usize>, tiles: &mut [Tile]);
}

/// An operand that lies row after row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ByRows<'a> {
    pub(crate) values: &'a [f32],
    /// Steps, k.
    pub(crate) depth: usize,
}

impl Left for ByRows<'_> {
    #[inline(always)]
    fn side(tile: &Tile) -> Side<'_> {
        Side::Rows(tile)
    }

    #[inline(always)]
    fn pack(&self, rows: Range<usize>, steps: Range<usize>, tiles: &mut [Tile]) {
        let places = tiles.as_flattened_mut().chunks_exact_mut(DEPTH);
        for (row, place) in rows.zip(places) {
            let values = &self.values[row * self.depth..][steps.clone()];
            place[..values.len()].copy_from_slice(values);
        }
    }
}

/// An operand that lies step after step: stored transposed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BySteps<'a> {
    pub(crate) values: &'a [f32],
    /// Rows, m.
    pub(crate) rows: usize,
}

impl Left for BySteps<'_> {
    #[inline(always)]
    fn side(tile: &Tile) -> Side<'_> {
        Side::Steps(tile.as_chunks().0)
    }

    #[inline(always)]
    fn pack(&self, rows: Range<usize>, steps: Range<usize>, tiles: &mut [Tile]) {
        for (offset, step) in steps.enumerate() {
            let values = &self.values[step * self.rows..][rows.clone()];
            let (whole, rest) = values.as_chunks::<ROWS>();
            let mut tiles = tiles.iter_mut();
            for (values, tile) in whole.iter().zip(&mut tiles) {
                tile.as_chunks_mut::<ROWS>().0[offset] = *values;
            }
            if let (false, Some(tile)) = (rest.is_empty(), tiles.next()) {
                tile[offset * ROWS..][..rest.len()].copy_from_slice(rest);
            }
        }
    }
}

impl Left for Patches<'_> {
    #[inline(always)]
    fn side(tile: &Tile) -> Side<'_> {
        Side::Rows(tile)
    }

    #[inline(always)]
    fn pack(&self, rows: Range<usize>, steps: Range<usize>, tiles: &mut [Tile]) {
        let places = tiles.as_flattened_mut().chunks_exact_mut(DEPTH);
        let starts = self.starts(rows.start).take(rows.len());
        for (place, start) in places.zip(starts) {
            self.copy(start, steps.clone(), place);
        }
    }
}
