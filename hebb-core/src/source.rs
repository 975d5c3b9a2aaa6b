//! Where images come from, as training sees it.

use crate::error::Result;
use crate::geometry::ImageShape;
use ndarray::ArrayView4;

/// One batch of images with their classes.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// (B, C, H, W), preprocessed.
    pub images: ArrayView4<'a, f32>,
    /// The class of each image; empty for images without labels.
    pub labels: &'a [u16],
}

/// The order in which a source hands out its images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As stored, without augmentation.
    Stored,
    /// Shuffled and augmented as this epoch's random streams say.
    Epoch(u64),
}

/// A set of images that can be gone through again and again.
pub trait ImageSource {
    /// The shape of one image.
    fn shape(&self) -> ImageShape;

    /// How many images there are.
    fn images(&self) -> usize;

    /// How many classes the labels of its batches tell apart; 0 without labels.
    fn classes(&self) -> usize {
        0
    }

    /// Calls `each` with every batch of `batch` images; the last one may be smaller.
    ///
    /// # Errors
    /// The source's own failure, or the first of `each`.
    fn for_each(
        &mut self,
        order: Order,
        batch: usize,
        each: &mut dyn FnMut(Batch<'_>) -> Result<()>,
    ) -> Result<()>;
}

impl<S: ImageSource + ?Sized> ImageSource for &mut S {
    fn shape(&self) -> ImageShape {
        (**self).shape()
    }

    fn images(&self) -> usize {
        (**self).images()
    }

    fn classes(&self) -> usize {
        (**self).classes()
    }

    fn for_each(
        &mut self,
        order: Order,
        batch: usize,
        each: &mut dyn FnMut(Batch<'_>) -> Result<()>,
    ) -> Result<()> {
        (**self).for_each(order, batch, each)
    }
}
