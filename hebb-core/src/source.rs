//! Batches of labelled images, and the sources that training reads them from.

use crate::error::Result;
use crate::geometry::ImageShape;
use ndarray::ArrayView4;

/// A batch of images with their labels.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// (B, C, H, W), preprocessed.
    pub images: ArrayView4<'a, f32>,
    /// The class of each image; empty for unlabelled images.
    pub labels: &'a [u16],
}

/// The order of a source's images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// As stored, without augmentation.
    Stored,
    /// Shuffled and augmented by the random streams of this epoch.
    Epoch(u64),
}

/// Images that can be read in batches, any number of times.
pub trait BatchSource {
    /// The shape of one image.
    fn shape(&self) -> ImageShape;

    /// Number of images.
    fn images(&self) -> usize;

    /// Number of classes of the labels; 0 for unlabelled images.
    fn classes(&self) -> usize {
        0
    }

    /// Calls `each` with every batch of `batch` images; the last one may be smaller.
    ///
    /// # Errors
    /// The first error of the source or of `each`.
    fn for_each(
        &mut self,
        order: Order,
        batch: usize,
        each: &mut dyn FnMut(Batch<'_>) -> Result<()>,
    ) -> Result<()>;
}

impl<S: BatchSource + ?Sized> BatchSource for &mut S {
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
