//! Conversion from RGB to grey.

use ndarray::{ArrayView4, ArrayViewMut4};

use super::spec::Spec;
use super::{Tensors, Transform, parallel};
use crate::error::ensure;
use crate::{Error, ImageShape, Result};

crate::options! {
    /// Options of [`Grayscale`].
    ///
    /// | option | default | meaning |
    /// |---|---|---|
    /// | `weights` | 0.2989, 0.587, 0.114 | of red, green and blue (the luma of ITU-R BT.601); any finite numbers |
    #[derive(Clone, Debug, PartialEq)]
    pub struct GrayscaleSpec {
        /// Weights of red, green and blue.
        pub weights: [f32; 3] = [0.2989, 0.587, 0.114],
    }
}

/// The weighted sum of three channels, (B, 3, H, W) to (B, 1, H, W).
#[derive(Clone, Debug)]
pub struct Grayscale {
    weights: [f32; 3],
}

impl Spec for GrayscaleSpec {
    fn restore(&self, input: ImageShape, _: &Tensors) -> Result<Box<dyn Transform>> {
        ensure(self.weights.iter().all(|weight| weight.is_finite()), || {
            let value = format!("{:?}", self.weights);
            Error::parameter("weights", value, "a weight is not finite; give three numbers")
        })?;
        let weights = self.weights;
        let gray = Grayscale { weights };
        gray.output_shape(input)?;
        Ok(Box::new(gray))
    }
}

impl Transform for Grayscale {
    fn name(&self) -> &'static str {
        "grayscale"
    }

    fn output_shape(&self, input: ImageShape) -> Result<ImageShape> {
        ensure(input.channels == 3, || {
            Error::shape(
                self.name(),
                "3×H×W",
                input,
                "leave it out for images without colour",
            )
        })?;
        Ok(ImageShape { channels: 1, ..input })
    }

    fn apply(&self, input: ArrayView4<'_, f32>, output: ArrayViewMut4<'_, f32>) -> Result<()> {
        let [r, g, b] = self.weights;
        parallel::each_image(self, input, output, |image, gray| {
            let (red, rest) = image.split_at(gray.len());
            let (green, blue) = rest.split_at(gray.len());
            for (((gray, red), green), blue) in gray.iter_mut().zip(red).zip(green).zip(blue) {
                *gray = r * red + g * green + b * blue;
            }
        })
    }

    fn commutes_with_mirror(&self) -> bool {
        true
    }
}
