//! ZCA whitening by a convolution.

use hebb_core::Seed;
use ndarray::{Array1, Array4, ArrayView4, ArrayViewMut4, Axis, Ix4};

use super::options::check_kernel;
use super::patch_fit::PatchFit;
use super::whitening::Mean;
use super::{restored_mean, tensors};
use crate::error::ensure;
use crate::transform::convolution::correlate;
use crate::transform::{Tensors, Transform, check_channels, parallel, spec::Spec, tensor};
use crate::{Error, ImageShape, ImageSource, Result};

const NAME: &str = "zca-filter";

crate::options! {
    /// Options of [`ZcaFilter`].
    ///
    /// | option | default | range | meaning |
    /// |---|---|---|---|
    /// | `kernel` | [9, 9] | odd, within the image | height and width of the filter |
    /// | `images` | all | at least 1 | largest number of training images in the fit, drawn at random |
    /// | `patches` | 16 | at least 1 | patches drawn from each image |
    /// | `epsilon` | 1e-3 | finite, at least 0 | added to the diagonal of the covariance |
    /// | `center` | true | | subtracts the mean of each channel |
    /// | `mirror` | false | | includes the mirror images in the fit, so that the whitening commutes with mirroring |
    #[derive(Clone, Debug, PartialEq)]
    pub struct ZcaFilterSpec {
        /// Height and width of the filter, both odd.
        pub kernel: [usize; 2] = [9, 9],
        /// Largest number of images in the fit, drawn at random.
        pub images: Option<usize> = None,
        /// Patches drawn from each image.
        pub patches: usize = 16,
        /// Added to the diagonal of the covariance.
        pub epsilon: f64 = 1e-3,
        /// Subtracts the mean of each channel.
        pub center: bool = true,
        /// Includes the mirror images in the fit.
        pub mirror: bool = false,
    }
}

/// The rows of the patch whitening matrix that give a patch's central pixel, as a convolution with zero padding:
/// (B, C, H, W) to (B, C, H, W). Away from the border, whitened images of any size.
#[derive(Clone, Debug)]
pub struct ZcaFilter {
    /// (C, C, kh, kw).
    kernels: Array4<f32>,
    /// The mean of each channel, if the fit was centred.
    mean: Option<Array1<f32>>,
    mirror: bool,
}

impl ZcaFilterSpec {
    /// The fit for images of shape `input`, with checked options.
    fn checked_fit(&self, input: ImageShape) -> Result<PatchFit> {
        let fit = PatchFit {
            kernel: self.kernel,
            images: self.images,
            per_image: self.patches,
            epsilon: self.epsilon,
            mean: self.center.then_some(Mean::Channel),
            mirror: self.mirror,
        };
        fit.check(NAME, input)?;
        ensure(self.kernel.iter().all(|side| side % 2 == 1), || {
            let value = format!("{:?}", self.kernel);
            Error::parameter("kernel", value, "it has no central pixel; give odd numbers")
        })?;
        Ok(fit)
    }
}

impl Spec for ZcaFilterSpec {
    fn fit(&self, images: &dyn ImageSource, seed: Seed) -> Result<Box<dyn Transform>> {
        let shape = images.shape();
        let (mean, root) = self.checked_fit(shape)?.run(images, seed)?;
        let [height, width] = self.kernel;
        let feature = |channel, y, x| (channel * height + y) * width + x;
        let centre = |channel| feature(channel, height / 2, width / 2);
        let dim = (shape.channels, shape.channels, height, width);
        let kernels = Array4::from_shape_fn(dim, |(n, c, y, x)| root[(centre(n), feature(c, y, x))]);
        let of_channel =
            |mean: Array1<f32>| (0..shape.channels).map(|channel| mean[centre(channel)]).collect();
        Ok(Box::new(ZcaFilter {
            kernels,
            mean: mean.map(of_channel),
            mirror: self.mirror,
        }))
    }

    fn restore(&self, input: ImageShape, tensors: &Tensors) -> Result<Box<dyn Transform>> {
        self.checked_fit(input)?;
        let channels = input.channels;
        let [height, width] = self.kernel;
        Ok(Box::new(ZcaFilter {
            kernels: tensor(tensors, NAME, "kernels", Ix4(channels, channels, height, width))?,
            mean: restored_mean(tensors, NAME, self.center, channels)?,
            mirror: self.mirror,
        }))
    }
}

impl ZcaFilter {
    /// The filters, (C, C, kh, kw).
    pub fn kernels(&self) -> &Array4<f32> {
        &self.kernels
    }

    /// Writes the image minus the mean of each channel to `centred`, so that the padding equals the mean.
    fn center(&self, image: &[f32], plane: usize, centred: &mut Vec<f32>) {
        centred.clear();
        centred.extend_from_slice(image);
        for (plane, mean) in centred.chunks_exact_mut(plane).zip(self.mean.iter().flatten()) {
            plane.iter_mut().for_each(|x| *x -= mean);
        }
    }
}

impl Transform for ZcaFilter {
    fn name(&self) -> &'static str {
        NAME
    }

    fn output_shape(&self, input: ImageShape) -> Result<ImageShape> {
        let (channels, _, height, width) = self.kernels.dim();
        check_channels(NAME, channels, input)?;
        check_kernel([height, width], input)?;
        Ok(input)
    }

    fn apply(&self, input: ArrayView4<'_, f32>, output: ArrayViewMut4<'_, f32>) -> Result<()> {
        let (height, width) = (input.shape()[2], input.shape()[3]);
        let padding = [self.kernels.len_of(Axis(2)) / 2, self.kernels.len_of(Axis(3)) / 2];
        parallel::each_image_with(self, input, output, Vec::new, |centred, image, result| {
            self.center(image, height * width, centred);
            result.fill(0.0);
            let results = result
                .chunks_exact_mut(height * width)
                .zip(self.kernels.outer_iter());
            for (result, kernels) in results {
                for (plane, kernel) in centred.chunks_exact(height * width).zip(kernels.outer_iter()) {
                    correlate(plane, (height, width), kernel, padding, result);
                }
            }
        })
    }

    fn commutes_with_mirror(&self) -> bool {
        self.mirror
    }

    fn tensors(&self) -> Tensors {
        tensors("kernels", &self.kernels, self.mean.as_ref())
    }
}
