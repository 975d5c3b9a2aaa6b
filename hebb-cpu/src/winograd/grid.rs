//! How images are cut into tiles.

use super::COMPONENTS;
use super::filters::TAPS;
use hebb_core::geometry::ConvGeometry;

/// The outputs of a 3×3 convolution with steps of one, cut into tiles of 2×2; the last ones of a row or column may reach
/// beyond it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    /// Channels of an image, C.
    pub(crate) channels: usize,
    /// Rows and columns of outputs.
    outputs: [usize; 2],
    /// Rows and columns of padding at each end.
    padding: [usize; 2],
}

impl Grid {
    /// The tiles of a convolution with `units` outputs a position, if its components are worth their transforms.
    pub(crate) fn of(conv: &ConvGeometry, units: usize) -> Option<Self> {
        /// Channels and units from which on the products outweigh the transforms.
        const LEAST: usize = 64;
        let window = conv.window();
        let fits = window.kernel == [3, 3] && window.stride == [1, 1] && window.dilation == [1, 1];
        let grid = Self {
            channels: conv.input().channels,
            outputs: [conv.out_height(), conv.out_width()],
            padding: window.padding,
        };
        // 16 products a tile where there are 9 for each of its outputs; two thirds of them, or it is not worth it.
        let saves = 3 * COMPONENTS * grid.tiles() <= 2 * 9 * conv.positions();
        (fits && saves && grid.channels.min(units) >= LEAST).then_some(grid)
    }

    fn across(&self) -> usize {
        self.outputs[1].div_ceil(2)
    }

    /// Tiles of an image.
    pub(crate) fn tiles(&self) -> usize {
        self.outputs[0].div_ceil(2) * self.across()
    }

    /// Values of a filter, K.
    pub(crate) fn filter_len(&self) -> usize {
        TAPS * self.channels
    }

    /// Outputs of a row.
    pub(crate) fn width(&self) -> usize {
        self.outputs[1]
    }

    /// Outputs of an image.
    pub(crate) fn positions(&self) -> usize {
        self.outputs[0] * self.outputs[1]
    }

    /// Values of a row of an image with its padding.
    pub(super) fn line(&self) -> usize {
        (self.outputs[1] + 2) * self.channels
    }

    /// Values of an image with its padding.
    pub(crate) fn image_len(&self) -> usize {
        (self.outputs[0] + 2) * self.line()
    }

    /// Values of a row of an image without its padding.
    pub(super) fn own_line(&self) -> usize {
        self.own(1) * self.channels
    }

    /// Values of an image without its padding.
    pub(crate) fn own_len(&self) -> usize {
        self.own(0) * self.own_line()
    }

    /// Rows or columns of an image without its padding.
    fn own(&self, axis: usize) -> usize {
        self.outputs[axis] + 2 - 2 * self.padding[axis]
    }

    /// Along an axis: which places of a tile lie in the image, and where, from a tile's first output on.
    #[inline(always)]
    pub(super) fn places(
        &self,
        axis: usize,
        first: usize,
    ) -> impl Iterator<Item = (usize, usize)> + Clone + use<> {
        let (padding, len) = (self.padding[axis], self.own(axis));
        (0..4).filter_map(move |place| {
            let at = (first + place).checked_sub(padding)?;
            (at < len).then_some((place, at))
        })
    }

    /// A tile's first output: its row and column.
    #[inline(always)]
    pub(super) fn first(&self, tile: usize) -> [usize; 2] {
        [2 * (tile / self.across()), 2 * (tile % self.across())]
    }

    /// The positions of a tile's outputs, where they exist.
    #[inline(always)]
    pub(super) fn of_tile(&self, tile: usize) -> [[Option<usize>; 2]; 2] {
        let [row, column] = self.first(tile);
        let [height, width] = self.outputs;
        let mut positions = [[None; 2]; 2];
        for (row, positions) in (row..height).zip(&mut positions) {
            for (column, position) in (column..width).zip(positions) {
                *position = Some(row * width + column);
            }
        }
        positions
    }
}
