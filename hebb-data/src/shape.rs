//! The shape of one image.

use std::fmt;

/// Channels, height and width of one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ImageShape {
    /// Number of channels.
    pub channels: usize,
    /// Number of rows.
    pub height: usize,
    /// Number of columns.
    pub width: usize,
}

impl ImageShape {
    /// The shape (C, H, W).
    pub const fn new(channels: usize, height: usize, width: usize) -> Self {
        Self {
            channels,
            height,
            width,
        }
    }

    /// C·H·W, the number of values of one image.
    pub const fn len(self) -> usize {
        self.channels * self.height * self.width
    }

    /// Whether an image of this shape has no values.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The shape (B, C, H, W) of `batch` images.
    pub const fn batch(self, batch: usize) -> (usize, usize, usize, usize) {
        (batch, self.channels, self.height, self.width)
    }

    /// The shape of the images in an array of shape (B, C, H, W).
    pub(crate) fn of(shape: &[usize]) -> Self {
        Self::new(shape[1], shape[2], shape[3])
    }
}

impl fmt::Display for ImageShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}×{}×{}", self.channels, self.height, self.width)
    }
}
