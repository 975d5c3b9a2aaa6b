//! Preprocessing transforms: fitted maps from images to images.
//!
//! A [`TransformSpec`] is a choice with its options, as written in a configuration. Fitted on training images it gives
//! a [`Transform`]; several of them in a row are a [`Pipeline`]. A spec and the tensors of the fitted transform restore
//! it exactly, so both are kept with a trained model and evaluation never fits anything.

mod channels;
mod convolution;
mod difference_of_gaussians;
mod grayscale;
mod parallel;
mod pipeline;
mod spec;
mod standardize;
#[cfg(test)]
mod tests;
mod zca;

pub use channels::{StandardizeChannels, StandardizeChannelsSpec};
pub use difference_of_gaussians::{DifferenceOfGaussians, DifferenceOfGaussiansSpec};
pub use grayscale::{Grayscale, GrayscaleSpec};
pub use pipeline::{Pipeline, Scratch};
pub use spec::TransformSpec;
pub use standardize::{Standardize, StandardizeSpec};
pub use zca::{Divisor, Zca, ZcaFilter, ZcaFilterSpec, ZcaPatches, ZcaPatchesSpec, ZcaSpec};

use std::fmt::{Debug, Display};

pub use hebb_core::layer::Tensors;
use ndarray::{ArrayView4, ArrayViewMut4, Dimension};

use crate::error::ensure;
use crate::{Error, ImageShape, Result};

/// A fitted map from images to images.
///
/// Implement it for a transform of your own and [`push`](Pipeline::push) it onto a pipeline.
pub trait Transform: Debug + Send + Sync {
    /// The name of the kind, as in configurations.
    fn name(&self) -> &'static str;

    /// The output shape for images of shape `input`.
    ///
    /// # Errors
    /// The transform cannot take images of that shape.
    fn output_shape(&self, input: ImageShape) -> Result<ImageShape>;

    /// Writes the transform of `input` (B, C, H, W) to `output` (B, C', H', W').
    ///
    /// 1. Both arrays have standard layout; C', H' and W' are those of [`output_shape`](Self::output_shape).
    /// 2. Every value of `output` is written and none is read.
    /// 3. An image gives the same bits in any batch and with any number of threads.
    ///
    /// # Errors
    /// A shape differs.
    fn apply(&self, input: ArrayView4<'_, f32>, output: ArrayViewMut4<'_, f32>) -> Result<()>;

    /// Returns true if the transform of a mirrored image is the mirrored transform of the image, up to rounding.
    fn commutes_with_mirror(&self) -> bool;

    /// The fitted tensors; empty for a transform without any.
    fn tensors(&self) -> Tensors {
        Tensors::new()
    }
}

/// Checks that `epsilon` is finite and not negative.
fn check_epsilon(epsilon: impl Into<f64> + Copy + Display) -> Result<()> {
    let value = epsilon.into();
    ensure(value.is_finite() && value >= 0.0, || {
        let problem = "it is negative or not finite; give 0 or more";
        Error::parameter("epsilon", epsilon, problem)
    })
}

/// Checks that images of shape `input` have `channels` channels.
fn check_channels(name: &str, channels: usize, input: ImageShape) -> Result<()> {
    ensure(input.channels == channels, || {
        let expected = format!("{channels}×H×W");
        Error::shape(name, expected, input, "fit it on images of this kind")
    })
}

/// The tensor `name`, checked for its shape `dim` and finite values.
fn tensor<D: Dimension>(
    tensors: &Tensors,
    what: &'static str,
    name: &str,
    dim: D,
) -> Result<ndarray::Array<f32, D>> {
    let missing = || Error::MissingTensor {
        what: what.into(),
        name: name.into(),
    };
    let found = tensors.get(name).ok_or_else(missing)?;
    ensure(found.iter().all(|value| value.is_finite()), || {
        let problem = format!("the saved tensor {name:?} is not finite; fit the transform again");
        Error::numeric(what, problem)
    })?;
    let misfit = || {
        let what = format!("{what}, tensor {name:?}");
        let (expected, found) = (format!("{:?}", dim.slice()), format!("{:?}", found.shape()));
        let remedy = "it was saved by another transform, fit this one again";
        Error::shape(what, expected, found, remedy)
    };
    let shaped = found.clone().into_dimensionality::<D>().ok();
    shaped.filter(|array| array.raw_dim() == dim).ok_or_else(misfit)
}
