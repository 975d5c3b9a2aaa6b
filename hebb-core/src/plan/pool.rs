//! Pooling windows.

use crate::error::{Error, Result};
use crate::geometry::ImageShape;

/// Pooling over windows of a layer's output, as in PyTorch (without ceiling mode).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Pool {
    /// Average or maximum.
    pub kind: PoolKind,
    /// Side of the square window.
    pub size: usize,
    /// Step between windows.
    pub stride: usize,
    /// Padding on each side, at most half the size: zeros that count in an average, ignored by a maximum.
    #[cfg_attr(feature = "serde", serde(default))]
    pub padding: usize,
}

/// The pooling function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum PoolKind {
    /// The mean.
    Average,
    /// The maximum.
    Max,
}

impl Pool {
    /// Pooling with adjacent windows, without padding.
    pub const fn tiled(kind: PoolKind, size: usize) -> Self {
        Self {
            kind,
            size,
            stride: size,
            padding: 0,
        }
    }

    /// The pooled shape.
    ///
    /// # Errors
    /// [`Error::Geometry`] if the window does not fit.
    pub fn output(&self, input: ImageShape) -> Result<ImageShape> {
        let misfit = |detail| {
            Err(Error::Geometry {
                what: "the pooling",
                detail,
            })
        };
        let Self {
            size,
            stride,
            padding,
            ..
        } = *self;
        if size == 0 || stride == 0 || padding > size / 2 {
            return misfit(format!(
                "size {size} and stride {stride} must be at least 1, and padding {padding} at most half the size"
            ));
        }
        if input.height.min(input.width) + 2 * padding < size {
            return misfit(format!(
                "a window of {size} with padding {padding} is larger than its input {input}"
            ));
        }
        let pooled = |length: usize| (length + 2 * padding - size) / stride + 1;
        Ok(ImageShape::new(
            input.channels,
            pooled(input.height),
            pooled(input.width),
        ))
    }

    /// The inputs along an axis of `length` that output `index` covers.
    pub fn span(&self, index: usize, length: usize) -> std::ops::Range<usize> {
        let start = index * self.stride;
        start.saturating_sub(self.padding)..(start + self.size).saturating_sub(self.padding).min(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_overlap_and_stop_at_the_border() {
        let pool = Pool {
            kind: PoolKind::Max,
            size: 4,
            stride: 2,
            padding: 1,
        };
        assert_eq!(
            pool.output(ImageShape::new(1, 32, 7)).unwrap(),
            ImageShape::new(1, 16, 3)
        );
        assert_eq!(pool.span(0, 7), 0..3);
        assert_eq!(pool.span(2, 7), 3..7);
    }

    #[test]
    fn a_window_larger_than_its_input_is_refused() {
        let message = Pool::tiled(PoolKind::Max, 4)
            .output(ImageShape::new(1, 3, 9))
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("window of 4") && message.contains("1×3×9"),
            "{message}"
        );
    }
}
