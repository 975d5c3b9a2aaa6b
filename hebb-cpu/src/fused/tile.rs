//! The part of an image that is worked on while it is in cache.

use super::layout::{LANES, Layout};
use hebb_core::geometry::ConvGeometry;
use hebb_core::plan::{LayerPlan, Pool};

/// Values of U in a tile, about: half of a first-level cache.
const TILE: usize = 1 << 13;

/// Some rows of positions of one image.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tile {
    /// First row and the row behind the last one.
    pub(super) rows: [usize; 2],
    /// Positions side by side in U, a multiple of [`LANES`].
    pub(super) span: usize,
    /// The distance of two rows.
    width: usize,
    /// Columns that are positions.
    columns: usize,
}

impl Tile {
    /// Rows of every tile but the last, which may have more.
    ///
    /// Windows of the pooling never cross tiles; weights that do not fit a second-level cache get whole images.
    pub(super) fn height(plan: &LayerPlan, layout: &Layout) -> usize {
        let conv = &plan.geometry;
        let all = conv.out_height();
        let step = match &plan.pool {
            None => 1,
            Some(pool) if tiles(pool) => pool.size,
            Some(_) => return all,
        };
        if plan.weights() > LARGE_WEIGHTS {
            return all;
        }
        let lines = TILE / (plan.units * layout.width()).max(1);
        (lines / step * step).clamp(step, all)
    }

    /// The tiles of an image.
    pub(super) fn all(conv: &ConvGeometry, layout: Layout, height: usize) -> impl Iterator<Item = Self> {
        let (all, columns) = (conv.out_height(), conv.out_width());
        let count = (all / height).max(1);
        (0..count).map(move |index| {
            let end = if index + 1 == count {
                all
            } else {
                (index + 1) * height
            };
            Self::new([index * height, end], &layout, columns)
        })
    }

    fn new(rows: [usize; 2], layout: &Layout, columns: usize) -> Self {
        Self {
            rows,
            span: layout.span(rows[1] - rows[0]).next_multiple_of(LANES),
            width: layout.width(),
            columns,
        }
    }

    /// The largest span of any tile.
    pub(super) fn max_span(conv: &ConvGeometry, layout: &Layout, height: usize) -> usize {
        let rows = (height + conv.out_height() % height).min(conv.out_height());
        layout.span(rows).next_multiple_of(LANES)
    }

    /// The flat index of the tile's first position.
    pub(super) fn first(&self) -> usize {
        self.rows[0] * self.width
    }

    /// The flat index of a position.
    pub(super) fn flat(&self, row: usize, column: usize) -> usize {
        row * self.width + column
    }

    /// Row, column and index in the tile of every position.
    pub(super) fn positions(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        let [start, end] = self.rows;
        let (columns, width) = (self.columns, self.width);
        (start..end).flat_map(move |row| {
            (0..columns).map(move |column| (row, column, (row - start) * width + column))
        })
    }

    /// The positions of one row, as indices in the tile.
    pub(super) fn row(&self, row: usize) -> std::ops::Range<usize> {
        let start = (row - self.rows[0]) * self.width;
        start..start + self.columns
    }
}

/// Weights beyond this many are read from far away, so that a tile must be large to be worth it.
const LARGE_WEIGHTS: usize = 1 << 17;

/// Whether windows lie side by side.
pub(super) fn tiles(pool: &Pool) -> bool {
    pool.size == pool.stride && pool.padding == 0
}
