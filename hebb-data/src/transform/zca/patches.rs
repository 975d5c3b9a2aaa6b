//! ZCA whitening of patches.

use hebb_core::Seed;
use ndarray::parallel::prelude::*;
use ndarray::{Array1, Array2, ArrayView4, ArrayViewMut1, ArrayViewMut4, Ix2, linalg::general_mat_mul};
use rayon::slice::ParallelSlice;

use super::options::check_kernel;
use super::patch_fit::PatchFit;
use super::whitening::Mean;
use super::{restored_mean, tensors};
use crate::transform::{Tensors, Transform, check_channels, parallel, spec::Spec, tensor};
use crate::{ImageShape, ImageSource, Result};

const NAME: &str = "zca-patches";

crate::options! {
    /// Options of [`ZcaPatches`].
    ///
    /// | option | default | range | meaning |
    /// |---|---|---|---|
    /// | `kernel` | [5, 5] | within the image | height and width of a patch |
    /// | `images` | all | at least 1 | largest number of training images in the fit, drawn at random |
    /// | `patches` | 16 | at least 1 | patches drawn from each image |
    /// | `epsilon` | 1e-3 | finite, at least 0 | added to the diagonal of the covariance |
    /// | `center` | true | | subtracts the mean patch |
    #[derive(Clone, Debug, PartialEq)]
    pub struct ZcaPatchesSpec {
        /// Height and width of a patch.
        pub kernel: [usize; 2] = [5, 5],
        /// Largest number of images in the fit, drawn at random.
        pub images: Option<usize> = None,
        /// Patches drawn from each image.
        pub patches: usize = 16,
        /// Added to the diagonal of the covariance.
        pub epsilon: f64 = 1e-3,
        /// Subtracts the mean patch.
        pub center: bool = true,
    }
}

/// W (p − mean) for the patch p at every position, its K = C·kh·kw features, in the order (C, kh, kw), becoming
/// channels: (B, C, H, W) to (B, K, H−kh+1, W−kw+1).
///
/// A layer with 1×1 kernels on it learns from whitened patches, as in A. Coates, H. Lee, A. Ng (2011).
#[derive(Clone, Debug)]
pub struct ZcaPatches {
    /// W, K×K and symmetric.
    matrix: Array2<f32>,
    /// The mean patch, K, if the fit was centred.
    mean: Option<Array1<f32>>,
    channels: usize,
    kernel: [usize; 2],
}

impl ZcaPatchesSpec {
    /// The fit for images of shape `input`, with checked options.
    fn checked_fit(&self, input: ImageShape) -> Result<PatchFit> {
        let fit = PatchFit {
            kernel: self.kernel,
            images: self.images,
            per_image: self.patches,
            epsilon: self.epsilon,
            mean: self.center.then_some(Mean::Feature),
            mirror: false,
        };
        fit.check(NAME, input)?;
        Ok(fit)
    }

    fn build(&self, channels: usize, matrix: Array2<f32>, mean: Option<Array1<f32>>) -> Box<dyn Transform> {
        let kernel = self.kernel;
        Box::new(ZcaPatches {
            matrix,
            mean,
            channels,
            kernel,
        })
    }
}

impl Spec for ZcaPatchesSpec {
    fn fit(&self, images: &dyn ImageSource, seed: Seed) -> Result<Box<dyn Transform>> {
        let (mean, matrix) = self.checked_fit(images.shape())?.run(images, seed)?;
        Ok(self.build(images.shape().channels, matrix, mean))
    }

    fn restore(&self, input: ImageShape, tensors: &Tensors) -> Result<Box<dyn Transform>> {
        self.checked_fit(input)?;
        let features = input.channels * self.kernel[0] * self.kernel[1];
        let matrix = tensor(tensors, NAME, "matrix", Ix2(features, features))?;
        let mean = restored_mean(tensors, NAME, self.center, features)?;
        Ok(self.build(input.channels, matrix, mean))
    }
}

impl ZcaPatches {
    /// The whitening matrix W, K×K.
    pub fn matrix(&self) -> &Array2<f32> {
        &self.matrix
    }

    /// Writes one feature of the patches at all positions, minus its mean.
    fn gather(
        &self,
        image: &[f32],
        (height, width): (usize, usize),
        feature: usize,
        mut row: ArrayViewMut1<'_, f32>,
    ) {
        let [kernel_height, kernel_width] = self.kernel;
        let (dx, rest) = (feature % kernel_width, feature / kernel_width);
        let (dy, channel) = (rest % kernel_height, rest / kernel_height);
        let mean = self.mean.as_ref().map_or(0.0, |mean| mean[feature]);
        let lines = row.exact_chunks_mut(width + 1 - kernel_width);
        for (y, line) in lines.into_iter().enumerate() {
            let start = (channel * height + y + dy) * width + dx;
            let source = &image[start..start + line.len()];
            line.into_iter()
                .zip(source)
                .for_each(|(value, pixel)| *value = pixel - mean);
        }
    }
}

impl Transform for ZcaPatches {
    fn name(&self) -> &'static str {
        NAME
    }

    fn output_shape(&self, input: ImageShape) -> Result<ImageShape> {
        check_channels(NAME, self.channels, input)?;
        check_kernel(self.kernel, input)?;
        let [kernel_height, kernel_width] = self.kernel;
        let (height, width) = (input.height + 1 - kernel_height, input.width + 1 - kernel_width);
        Ok(ImageShape::new(self.matrix.nrows(), height, width))
    }

    fn apply(&self, input: ArrayView4<'_, f32>, output: ArrayViewMut4<'_, f32>) -> Result<()> {
        let (from, to) = parallel::check_shapes(self, &input, &output)?;
        let (dim, rows) = ((from.height, from.width), (to.channels, to.positions()));
        let flat = |_| parallel::not_contiguous(self);
        let images = input.to_slice().ok_or_else(|| parallel::not_contiguous(self))?;
        let mut output = output
            .into_shape_with_order((input.shape()[0], rows.0, rows.1))
            .map_err(flat)?;
        let pairs = output
            .outer_iter_mut()
            .into_par_iter()
            .zip(images.par_chunks_exact(from.len()));
        pairs.for_each_init(
            || Array2::zeros(rows),
            |patches, (mut result, image)| {
                for (feature, row) in patches.outer_iter_mut().enumerate() {
                    self.gather(image, dim, feature, row);
                }
                // (K × K) · (K × positions)
                general_mat_mul(1.0, &self.matrix, patches, 0.0, &mut result);
            },
        );
        Ok(())
    }

    /// Mirroring reverses the columns within each patch as well, which are channels here.
    fn commutes_with_mirror(&self) -> bool {
        false
    }

    fn tensors(&self) -> Tensors {
        tensors("matrix", &self.matrix, self.mean.as_ref())
    }
}
