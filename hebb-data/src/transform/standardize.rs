//! Per-image standardisation to mean 0 and standard deviation 1.

use ndarray::{ArrayView4, ArrayViewMut4};

use super::spec::Spec;
use super::{Tensors, Transform, check_epsilon, parallel};
use crate::error::ensure;
use crate::{Error, ImageShape, Result};

crate::options! {
    /// Options of [`Standardize`].
    ///
    /// | option | default | range | meaning |
    /// |---|---|---|---|
    /// | `epsilon` | 1e-10 | finite, at least 0 | added to the standard deviation |
    #[derive(Clone, Debug, PartialEq)]
    pub struct StandardizeSpec {
        /// Added to the standard deviation, which is 0 for an image of one colour.
        pub epsilon: f32 = 1e-10,
    }
}

/// (x − mean) / (sd + ε) for every image, over its channels, rows and columns; sd divides by their number less one.
#[derive(Clone, Debug)]
pub struct Standardize {
    epsilon: f32,
}

impl Spec for StandardizeSpec {
    fn restore(&self, input: ImageShape, _: &Tensors) -> Result<Box<dyn Transform>> {
        check_epsilon(self.epsilon)?;
        let epsilon = self.epsilon;
        let standardize = Standardize { epsilon };
        standardize.output_shape(input)?;
        Ok(Box::new(standardize))
    }
}

impl Transform for Standardize {
    fn name(&self) -> &'static str {
        "standardize"
    }

    fn output_shape(&self, input: ImageShape) -> Result<ImageShape> {
        ensure(input.len() > 1, || {
            Error::shape(self.name(), "at least 2 values", input, "give larger images")
        })?;
        Ok(input)
    }

    fn apply(&self, input: ArrayView4<'_, f32>, output: ArrayViewMut4<'_, f32>) -> Result<()> {
        parallel::each_image(self, input, output, |image, result| {
            let count = image.len() as f64;
            let mean = image.iter().map(|&x| f64::from(x)).sum::<f64>() / count;
            let squares: f64 = image.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum();
            let spread = (squares / (count - 1.0)).sqrt() + f64::from(self.epsilon);
            // An image of one colour has nothing to scale; with epsilon 0 it would be 0/0.
            let scale = if spread > 0.0 { 1.0 / spread } else { 0.0 };
            for (result, &x) in result.iter_mut().zip(image) {
                *result = ((f64::from(x) - mean) * scale) as f32;
            }
        })
    }

    fn commutes_with_mirror(&self) -> bool {
        true
    }
}
