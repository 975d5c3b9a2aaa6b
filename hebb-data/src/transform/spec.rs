//! Transform options, as written in a configuration.

use hebb_core::Seed;

use super::{
    DifferenceOfGaussiansSpec, GrayscaleSpec, StandardizeChannelsSpec, StandardizeSpec, Tensors, Transform,
    ZcaFilterSpec, ZcaPatchesSpec, ZcaSpec,
};
use crate::error::ensure;
use crate::{Error, ImageShape, ImageSource, Result};

/// A transform with its options, not yet fitted.
///
/// With the feature `serde` it reads from a table whose key `kind` names the variant, such as
/// `{ kind = "zca", epsilon = 1e-3 }`; options left out have the defaults that each variant documents, and unknown
/// options are errors.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "kind", rename_all = "kebab-case"))]
pub enum TransformSpec {
    /// RGB to one channel.
    Grayscale(GrayscaleSpec),
    /// Every image to mean 0 and standard deviation 1.
    Standardize(StandardizeSpec),
    /// Every channel to mean 0 and standard deviation 1 over the training images.
    StandardizeChannels(StandardizeChannelsSpec),
    /// Whitening of whole images.
    Zca(ZcaSpec),
    /// Whitening of patches, each pixel becoming its whitened patch.
    ZcaPatches(ZcaPatchesSpec),
    /// Whitening by a convolution.
    ZcaFilter(ZcaFilterSpec),
    /// A band-pass filter.
    DifferenceOfGaussians(DifferenceOfGaussiansSpec),
}

/// Fitting and restoring of one kind of transform.
pub(super) trait Spec {
    /// Checks the options and fits the transform; the default is for transforms without fitted tensors.
    fn fit(&self, images: &dyn ImageSource, _seed: Seed) -> Result<Box<dyn Transform>> {
        self.restore(images.shape(), &Tensors::new())
    }

    /// Checks the options and rebuilds the transform that was fitted on images of shape `input`.
    fn restore(&self, input: ImageShape, tensors: &Tensors) -> Result<Box<dyn Transform>>;
}

impl TransformSpec {
    /// Fits the transform on `images`, which must be training images.
    ///
    /// # Errors
    /// An option is out of range, the shape does not fit, there are no images, or a value is not finite.
    pub fn fit(&self, images: &dyn ImageSource, seed: Seed) -> Result<Box<dyn Transform>> {
        ensure(!images.is_empty(), || {
            Error::empty("set of training images", "give at least one image")
        })?;
        self.spec().fit(images, seed)
    }

    /// Restores the transform that was fitted on images of shape `input` from its `tensors`.
    ///
    /// # Errors
    /// An option is out of range, or a tensor is missing, has another shape or is not finite.
    pub fn restore(&self, input: ImageShape, tensors: &Tensors) -> Result<Box<dyn Transform>> {
        self.spec().restore(input, tensors)
    }

    fn spec(&self) -> &dyn Spec {
        match self {
            Self::Grayscale(spec) => spec,
            Self::Standardize(spec) => spec,
            Self::StandardizeChannels(spec) => spec,
            Self::Zca(spec) => spec,
            Self::ZcaPatches(spec) => spec,
            Self::ZcaFilter(spec) => spec,
            Self::DifferenceOfGaussians(spec) => spec,
        }
    }
}
