//! ZCA whitening of whole images.

use hebb_core::Seed;
use ndarray::parallel::prelude::*;
use ndarray::{Array1, Array2, ArrayView4, ArrayViewMut4, Axis, Ix2, linalg::general_mat_mul, s};

use super::options::{Divisor, check_count, check_features};
use super::rows::{ImageRows, draw};
use super::whitening::{Mean, Whitening};
use super::{moments, restored_mean, tensors};
use crate::error::ensure;
use crate::transform::{Tensors, Transform, check_epsilon, parallel, spec::Spec, tensor};
use crate::{Error, ImageShape, ImageSource, Result};

const NAME: &str = "zca";

crate::options! {
    /// Options of [`Zca`].
    ///
    /// | option | default | range | meaning |
    /// |---|---|---|---|
    /// | `images` | all | at least 1 | largest number of training images in the fit, drawn at random |
    /// | `epsilon` | 1e-3 | finite, at least 0 | added to the diagonal of the covariance |
    /// | `divisor` | `samples` | `samples`, `features` | divisor of the sum of products |
    /// | `center` | true | | subtracts the mean image |
    /// | `mirror` | false | | includes the mirror images in the fit, so that the whitening commutes with mirroring |
    ///
    /// Miconi (2021) takes 9,000 images, ε = 1e-3, `features` and no centring, after standardising each image.
    #[derive(Clone, Debug, PartialEq)]
    pub struct ZcaSpec {
        /// Largest number of images in the fit, drawn at random.
        pub images: Option<usize> = None,
        /// Added to the diagonal of the covariance.
        pub epsilon: f64 = 1e-3,
        /// Divisor of the sum of products.
        pub divisor: Divisor = Divisor::Samples,
        /// Subtracts the mean image.
        pub center: bool = true,
        /// Includes the mirror images in the fit.
        pub mirror: bool = false,
    }
}

/// W (x − mean) for every image x as a vector of D = C·H·W features, (B, C, H, W) to (B, C, H, W).
#[derive(Clone, Debug)]
pub struct Zca {
    shape: ImageShape,
    /// W, D×D and symmetric.
    matrix: Array2<f32>,
    /// The mean image, D, if the fit was centred.
    mean: Option<Array1<f32>>,
    /// −W mean, D.
    offset: Option<Array1<f32>>,
    mirror: bool,
}

impl ZcaSpec {
    fn check(&self, shape: ImageShape) -> Result<()> {
        check_count("images", self.images)?;
        check_epsilon(self.epsilon)?;
        check_features(
            NAME,
            shape.len(),
            "use zca-filter or zca-patches for large images",
        )
    }
}

impl Spec for ZcaSpec {
    fn fit(&self, images: &dyn ImageSource, seed: Seed) -> Result<Box<dyn Transform>> {
        let shape = images.shape();
        self.check(shape)?;
        let rows = ImageRows {
            images,
            positions: draw(images, self.images, seed),
        };
        let whitening = Whitening {
            mean: self.center.then_some(Mean::Feature),
            divisor: self.divisor,
            epsilon: self.epsilon,
            mirror: self.mirror,
        };
        let (mean, matrix) = whitening.fit(&rows, shape)?;
        Ok(Box::new(Zca::new(shape, matrix, mean, self.mirror)))
    }

    fn restore(&self, input: ImageShape, tensors: &Tensors) -> Result<Box<dyn Transform>> {
        self.check(input)?;
        let matrix = tensor(tensors, NAME, "matrix", Ix2(input.len(), input.len()))?;
        let mean = restored_mean(tensors, NAME, self.center, input.len())?;
        Ok(Box::new(Zca::new(input, matrix, mean, self.mirror)))
    }
}

impl Zca {
    fn new(shape: ImageShape, matrix: Array2<f32>, mean: Option<Array1<f32>>, mirror: bool) -> Self {
        let offset = mean.as_ref().map(|mean| {
            let dot = |row: ndarray::ArrayView1<'_, f32>| -> f64 {
                row.iter()
                    .zip(mean)
                    .map(|(&w, &m)| f64::from(w) * f64::from(m))
                    .sum()
            };
            matrix.outer_iter().map(|row| -dot(row) as f32).collect()
        });
        Self {
            shape,
            matrix,
            mean,
            offset,
            mirror,
        }
    }

    /// The whitening matrix W, D×D.
    pub fn matrix(&self) -> &Array2<f32> {
        &self.matrix
    }
}

impl Transform for Zca {
    fn name(&self) -> &'static str {
        NAME
    }

    fn output_shape(&self, input: ImageShape) -> Result<ImageShape> {
        ensure(input == self.shape, || {
            Error::shape(NAME, self.shape, input, "fit it on images of this shape")
        })?;
        Ok(input)
    }

    fn apply(&self, input: ArrayView4<'_, f32>, output: ArrayViewMut4<'_, f32>) -> Result<()> {
        parallel::check_shapes(self, &input, &output)?;
        let dim = (input.shape()[0], self.shape.len());
        let flat = |_| parallel::not_contiguous(self);
        let input = input.into_shape_with_order(dim).map_err(flat)?;
        let mut output = output.into_shape_with_order(dim).map_err(flat)?;
        let block = moments::tile_size(self.shape.len());
        let blocks = output
            .axis_chunks_iter_mut(Axis(1), block)
            .into_par_iter()
            .enumerate();
        blocks.for_each(|(index, mut out)| {
            let columns = index * block..index * block + out.ncols();
            let beta = match &self.offset {
                Some(offset) => {
                    out.outer_iter_mut()
                        .for_each(|mut row| row.assign(&offset.slice(s![columns.clone()])));
                    1.0
                }
                None => 0.0,
            };
            // (B × D) · (D × block)
            general_mat_mul(1.0, &input, &self.matrix.slice(s![.., columns]), beta, &mut out);
        });
        Ok(())
    }

    fn commutes_with_mirror(&self) -> bool {
        self.mirror
    }

    fn tensors(&self) -> Tensors {
        tensors("matrix", &self.matrix, self.mean.as_ref())
    }
}
