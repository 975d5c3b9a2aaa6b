//! Tiles: the parts of an image that are worked on while they are in cache.

use super::layout::PlaneLayout;
use crate::primitives::pool::is_tiled;
use hebb_core::backend::LayerPlan;
use hebb_core::geometry::ConvGeometry;

/// Values of U in a tile at most, if one step of the pooling has no more: about a first-level cache.
const TILE: usize = 3 << 12;

/// Some rows of positions of one image.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tile {
    /// First row and the row behind the last one.
    pub(super) rows: [usize; 2],
    /// Positions side by side in U, a multiple of [`super::layout::LANES`].
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
    pub(super) fn height(plan: &LayerPlan, planes: &PlaneLayout) -> usize {
        let conv = &plan.geometry;
        let all = conv.out_height();
        let step = match &plan.pool {
            None => 1,
            Some(pool) if is_tiled(pool) => pool.size,
            Some(_) => return all,
        };
        if plan.weights() > LARGE_WEIGHTS {
            return all;
        }
        let heights = (1..=all / step).map(|steps| steps * step);
        let fits = |height: &usize| Self::max_span(conv, planes, *height) * plan.units <= TILE;
        // All flat indices of an image, whole vectors and what lies between rows included.
        let indices = |height: &usize| Self::spans(conv, planes, *height).sum::<usize>();
        heights.filter(fits).min_by_key(indices).unwrap_or(step).min(all)
    }

    /// The span of every tile.
    fn spans(conv: &ConvGeometry, planes: &PlaneLayout, height: usize) -> impl Iterator<Item = usize> {
        Self::all(conv, *planes, height).map(|tile| tile.span)
    }

    /// The tiles of an image.
    pub(super) fn all(conv: &ConvGeometry, planes: PlaneLayout, height: usize) -> impl Iterator<Item = Self> {
        let (all, columns) = (conv.out_height(), conv.out_width());
        let count = (all / height).max(1);
        (0..count).map(move |index| {
            let (start, next) = (index * height, (index + 1) * height);
            let end = if index + 1 == count { all } else { next };
            Self {
                rows: [start, end],
                span: planes.span(end - start),
                width: planes.width(),
                columns,
            }
        })
    }

    /// The largest span of any tile.
    pub(super) fn max_span(conv: &ConvGeometry, planes: &PlaneLayout, height: usize) -> usize {
        Self::spans(conv, planes, height).max().unwrap_or_default()
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
