//! Batches of images that are unfolded into patches or pooled.

use super::Dims;
use crate::error::Result;
use crate::geometry::{ConvGeometry, ImageShape};
use crate::plan::Pool;

/// The patch matrix X of a batch, P×K with P = images·positions and columns in the order (kh, kw, C).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PatchMatrix {
    /// Geometry of the patches.
    pub geometry: ConvGeometry,
    /// Images in the batch.
    pub images: usize,
}

impl PatchMatrix {
    /// The patches of `images` images.
    pub const fn new(geometry: ConvGeometry, images: usize) -> Self {
        Self { geometry, images }
    }

    /// The size of X, P×K.
    pub const fn dims(&self) -> Dims {
        Dims::new(self.images * self.geometry.positions(), self.geometry.patch_len())
    }

    /// Values of the images (B, H, W, C).
    pub const fn input_len(&self) -> usize {
        self.images * self.geometry.input().len()
    }
}

/// The pooling of a batch, with a window that fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolBatch {
    /// The windows.
    pub pool: Pool,
    /// Images in the batch.
    pub images: usize,
    /// Shape of an image.
    pub input: ImageShape,
    /// Shape of a pooled image.
    pub output: ImageShape,
}

impl PoolBatch {
    /// The pooling of `images` images of shape `input`.
    ///
    /// # Errors
    /// [`crate::Error::Geometry`] if the window does not fit.
    pub fn new(pool: Pool, images: usize, input: ImageShape) -> Result<Self> {
        let output = pool.output(input)?;
        Ok(Self {
            pool,
            images,
            input,
            output,
        })
    }

    /// Values of the images (B, H, W, C).
    pub const fn input_len(&self) -> usize {
        self.images * self.input.len()
    }

    /// Values of the pooled images (B, H', W', C).
    pub const fn output_len(&self) -> usize {
        self.images * self.output.len()
    }
}
