//! Whitening by a convolution.

use hebb_core::Seed;
use ndarray::{Array1, Array2, Array4, ArrayView4, ArrayViewMut4, Ix1, Ix4};

use super::options::check_kernel;
use super::patches::{PatchFit, check_patch_options, fit_patches};
use crate::transform::convolution::Bank;
use crate::transform::{Tensors, Transform, parallel, spec::Spec, tensor};
use crate::{Error, ImageShape, ImageSource, Result};

const NAME: &str = "zca-filter";

/// Options of [`ZcaFilter`].
///
/// | option | default | range | meaning |
/// |---|---|---|---|
/// | `kernel` | [9, 9] | odd, within the image | height and width of the filter |
/// | `images` | all | at least 1 | fit on at most so many training images, drawn at random |
/// | `patches` | 16 | at least 1 | patches drawn from each image |
/// | `epsilon` | 1e-3 | finite, at least 0 | added to the diagonal of the covariance |
/// | `center` | true | | whether the mean of each channel is subtracted |
/// | `mirror` | false | | fit on the mirror images as well, so that the whitening commutes with mirroring |
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(default, deny_unknown_fields, rename_all = "kebab-case")
)]
pub struct ZcaFilterSpec {
    /// Height and width of the filter, both odd.
    pub kernel: [usize; 2],
    /// Fit on at most so many images.
    pub images: Option<usize>,
    /// Patches drawn from each image.
    pub patches: usize,
    /// Added to the diagonal of the covariance.
    pub epsilon: f64,
    /// Whether the mean of each channel is subtracted.
    pub center: bool,
    /// Whether mirror images take part in the fit.
    pub mirror: bool,
}

impl Default for ZcaFilterSpec {
    fn default() -> Self {
        Self {
            kernel: [9, 9],
            images: None,
            patches: 16,
            epsilon: 1e-3,
            center: true,
            mirror: false,
        }
    }
}

/// The rows of the patch whitening matrix that give a patch's central pixel, as a convolution with zero padding:
/// (B, C, H, W) to (B, C, H, W). Away from the border, whitened images of any size.
#[derive(Clone, Debug)]
pub struct ZcaFilter {
    bank: Bank,
    channels: usize,
    mirror: bool,
}

impl ZcaFilterSpec {
    fn check(&self, input: ImageShape) -> Result<()> {
        check_patch_options(NAME, self.kernel, self.images, self.patches, self.epsilon, input)?;
        match self.kernel.iter().all(|side| side % 2 == 1) {
            true => Ok(()),
            false => {
                let value = format!("{:?}", self.kernel);
                Err(Error::parameter(
                    "kernel",
                    value,
                    "it has no central pixel",
                    "give odd numbers",
                ))
            }
        }
    }

    fn build(&self, channels: usize, kernels: Array2<f32>, mean: Option<Array1<f32>>) -> ZcaFilter {
        let size = self.kernel[0] * self.kernel[1];
        let per_feature =
            |mean: Array1<f32>| mean.iter().flat_map(|&x| std::iter::repeat_n(x, size)).collect();
        let padding = self.kernel.map(|side| side / 2);
        let bank = Bank {
            kernels,
            mean: mean.map(per_feature),
            kernel: self.kernel,
            padding,
        };
        ZcaFilter {
            bank,
            channels,
            mirror: self.mirror,
        }
    }
}

impl Spec for ZcaFilterSpec {
    fn fit(&self, images: &dyn ImageSource, seed: Seed) -> Result<Box<dyn Transform>> {
        let shape = images.shape();
        self.check(shape)?;
        let fit = PatchFit {
            kernel: self.kernel,
            images: self.images,
            per_image: self.patches,
            epsilon: self.epsilon,
            mean: self.center.then_some(super::patches::Mean::Channel),
            mirror: self.mirror,
        };
        let (mean, root) = fit_patches(images, &fit, seed)?;
        let size = self.kernel[0] * self.kernel[1];
        let centre = |channel: usize| channel * size + size / 2;
        let kernels = Array2::from_shape_fn((shape.channels, root.ncols()), |(channel, feature)| {
            root[(centre(channel), feature)] as f32
        });
        let mean = mean.map(|mean| {
            (0..shape.channels)
                .map(|channel| mean[centre(channel)] as f32)
                .collect()
        });
        Ok(Box::new(self.build(shape.channels, kernels, mean)))
    }

    fn restore(&self, input: ImageShape, tensors: &Tensors) -> Result<Box<dyn Transform>> {
        self.check(input)?;
        let channels = input.channels;
        let [height, width] = self.kernel;
        let kernels = tensor(tensors, NAME, "kernels", Ix4(channels, channels, height, width))?;
        let kernels = kernels.flatten().to_owned();
        let kernels = kernels.into_shape_with_order((channels, channels * height * width));
        let kernels = kernels.map_err(|cause| Error::shape(NAME, "kernels", cause, "fit it again"))?;
        let mean = self
            .center
            .then(|| tensor(tensors, NAME, "mean", Ix1(channels)))
            .transpose()?;
        Ok(Box::new(self.build(channels, kernels, mean)))
    }
}

impl ZcaFilter {
    /// The filters, (C, C, kh, kw).
    pub fn kernels(&self) -> Array4<f32> {
        let [height, width] = self.bank.kernel;
        let dim = (self.channels, self.channels, height, width);
        Array4::from_shape_fn(dim, |(n, c, y, x)| {
            self.bank.kernels[(n, (c * height + y) * width + x)]
        })
    }
}

impl Transform for ZcaFilter {
    fn name(&self) -> &'static str {
        NAME
    }

    fn output_shape(&self, input: ImageShape) -> Result<ImageShape> {
        if input.channels != self.channels {
            let expected = format!("{}×H×W", self.channels);
            return Err(Error::shape(
                NAME,
                expected,
                input,
                "fit it on images of this kind",
            ));
        }
        check_kernel(self.bank.kernel, input)?;
        Ok(input)
    }

    fn apply(&self, input: ArrayView4<'_, f32>, output: ArrayViewMut4<'_, f32>) -> Result<()> {
        let shape = crate::shape::of(input.shape());
        parallel::each_image_with(self, input, output, Vec::new, |patches, image, result| {
            self.bank.apply(image, shape, patches, result);
        })
    }

    fn commutes_with_mirror(&self) -> bool {
        self.mirror
    }

    fn tensors(&self) -> Tensors {
        let mut tensors = Tensors::from([("kernels".to_string(), self.kernels().into_dyn())]);
        if let Some(mean) = &self.bank.mean {
            let size = self.bank.kernel[0] * self.bank.kernel[1];
            let mean: Array1<f32> = mean.iter().step_by(size).copied().collect();
            tensors.insert("mean".into(), mean.into_dyn());
        }
        tensors
    }
}
