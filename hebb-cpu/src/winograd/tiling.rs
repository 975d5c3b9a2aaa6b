//! Tiling of the outputs of a 3×3 convolution.

use crate::device::CpuBackend;
use hebb_core::geometry::ConvGeometry;

/// Rows and columns of the outputs of a tile, m of F(m×m, 3×3).
pub(super) const OUTPUTS: usize = 2;

/// Rows and columns of an input tile and of its transform, m + 3 − 1.
pub(super) const SIDE: usize = OUTPUTS + 2;

/// Points of a transformed tile.
pub(crate) const POINTS: usize = SIDE * SIDE;

/// Taps of a filter: 3×3.
pub(super) const TAPS: usize = 9;

/// The outputs of a 3×3 convolution with a stride of 1, cut into tiles of 2×2; the last ones of a row or column may reach
/// beyond it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tiling {
    /// Channels of an image, C.
    pub(crate) channels: usize,
    /// Rows and columns of outputs.
    outputs: [usize; 2],
    /// Rows and columns of padding at each end.
    padding: [usize; 2],
}

impl Tiling {
    /// The tiles of a convolution with `units` outputs a position, if the device goes by Winograd and the products outweigh
    /// the transforms.
    pub(crate) fn of(device: &CpuBackend, conv: &ConvGeometry, units: usize) -> Option<Self> {
        /// Channels and units from which on they do.
        const LEAST: usize = 64;
        let window = conv.window();
        let fits = window.kernel == [3, 3] && window.stride == [1, 1] && window.dilation == [1, 1];
        let tiling = Self {
            channels: conv.input().channels,
            outputs: [conv.out_height(), conv.out_width()],
            padding: window.padding,
        };
        // 16 products a tile where there are 9 for each of its outputs; two thirds of them, or it is not worth it.
        let saves = 3 * POINTS * tiling.tiles() <= 2 * TAPS * conv.positions();
        (!device.direct && fits && saves && tiling.channels.min(units) >= LEAST).then_some(tiling)
    }

    fn across(&self) -> usize {
        self.outputs[1].div_ceil(OUTPUTS)
    }

    /// Tiles of an image.
    pub(crate) fn tiles(&self) -> usize {
        self.outputs[0].div_ceil(OUTPUTS) * self.across()
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
    pub(super) fn row_len(&self) -> usize {
        (self.outputs[1] + 2) * self.channels
    }

    /// Values of an image with its padding.
    pub(crate) fn image_len(&self) -> usize {
        (self.outputs[0] + 2) * self.row_len()
    }

    /// Values of a row of an image without its padding.
    pub(super) fn input_row_len(&self) -> usize {
        self.own(1) * self.channels
    }

    /// Values of an image without its padding.
    pub(crate) fn input_len(&self) -> usize {
        self.own(0) * self.input_row_len()
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
        (0..SIDE).filter_map(move |place| {
            let at = (first + place).checked_sub(padding)?;
            (at < len).then_some((place, at))
        })
    }

    /// A tile's first output: its row and column.
    #[inline(always)]
    pub(super) fn first(&self, tile: usize) -> [usize; 2] {
        [tile / self.across(), tile % self.across()].map(|index| OUTPUTS * index)
    }

    /// The positions of a tile's outputs, where they exist.
    #[inline(always)]
    pub(super) fn outputs_of(&self, tile: usize) -> [[Option<usize>; OUTPUTS]; OUTPUTS] {
        let [row, column] = self.first(tile);
        let [height, width] = self.outputs;
        let mut positions = [[None; OUTPUTS]; OUTPUTS];
        for (row, positions) in (row..height).zip(&mut positions) {
            for (column, position) in (column..width).zip(positions) {
                *position = Some(row * width + column);
            }
        }
        positions
    }
}
