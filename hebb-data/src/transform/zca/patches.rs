//! Whitening of patches.

use hebb_core::Seed;
use ndarray::{Array1, Array2, ArrayView4, ArrayViewMut4, Ix1, Ix2};

use super::inverse_root::inverse_root;
use super::options::{Divisor, check_count, check_epsilon, check_features, check_kernel};
use super::rows::{PatchRows, Rows, draw};
use super::{mirror, moments};
use crate::transform::convolution::Bank;
use crate::transform::{Tensors, Transform, parallel, spec::Spec, tensor};
use crate::{Error, ImageShape, ImageSource, Result};

const NAME: &str = "zca-patches";

/// Options of [`ZcaPatches`].
///
/// | option | default | range | meaning |
/// |---|---|---|---|
/// | `kernel` | [5, 5] | within the image | height and width of a patch |
/// | `images` | all | at least 1 | fit on at most so many training images, drawn at random |
/// | `patches` | 16 | at least 1 | patches drawn from each image |
/// | `epsilon` | 1e-3 | finite, at least 0 | added to the diagonal of the covariance |
/// | `center` | true | | whether the mean patch is subtracted |
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(default, deny_unknown_fields, rename_all = "kebab-case")
)]
pub struct ZcaPatchesSpec {
    /// Height and width of a patch.
    pub kernel: [usize; 2],
    /// Fit on at most so many images.
    pub images: Option<usize>,
    /// Patches drawn from each image.
    pub patches: usize,
    /// Added to the diagonal of the covariance.
    pub epsilon: f64,
    /// Whether the mean patch is subtracted.
    pub center: bool,
}

impl Default for ZcaPatchesSpec {
    fn default() -> Self {
        Self {
            kernel: [5, 5],
            images: None,
            patches: 16,
            epsilon: 1e-3,
            center: true,
        }
    }
}

/// W (p − mean) for the patch p at every position, its K = C·kh·kw features, in the order (C, kh, kw), becoming
/// channels: (B, C, H, W) to (B, K, H−kh+1, W−kw+1).
///
/// A layer with 1×1 kernels on it learns from whitened patches, as in A. Coates, H. Lee, A. Ng (2011).
#[derive(Clone, Debug)]
pub struct ZcaPatches {
    bank: Bank,
    channels: usize,
}

/// How a whitening of patches is fitted.
pub(super) struct PatchFit {
    pub(super) kernel: [usize; 2],
    pub(super) images: Option<usize>,
    pub(super) per_image: usize,
    pub(super) epsilon: f64,
    pub(super) mean: Option<Mean>,
    pub(super) mirror: bool,
}

/// Which mean is subtracted.
#[derive(Clone, Copy)]
pub(super) enum Mean {
    Feature,
    Channel,
}

/// The mean of the patches and their whitening matrix, K×K.
pub(super) fn fit_patches(
    images: &dyn ImageSource,
    fit: &PatchFit,
    seed: Seed,
) -> Result<(Option<Array1<f64>>, Array2<f64>)> {
    let positions = draw(images, fit.images, seed);
    let rows = PatchRows {
        images,
        positions,
        kernel: fit.kernel,
        per_image: fit.per_image,
        seed,
    };
    let size = fit.kernel[0] * fit.kernel[1];
    let mean = fit
        .mean
        .map(|kind| Ok((kind, moments::mean(&rows)?)))
        .transpose()?;
    let mean = mean.map(|(kind, mean)| match kind {
        Mean::Feature => mean,
        Mean::Channel => {
            let channel = |feature| feature / size * size;
            let average = |first: usize| mean.slice(ndarray::s![first..first + size]).sum() / size as f64;
            Array1::from_shape_fn(mean.len(), |feature| average(channel(feature)))
        }
    });
    let mut covariance = moments::second_moment(&rows, mean.as_ref())?;
    covariance /= Divisor::Samples.value(rows.len(), rows.width());
    let patch = ImageShape::new(images.shape().channels, fit.kernel[0], fit.kernel[1]);
    let root = match fit.mirror {
        true => mirror::mirrored_inverse_root(&covariance, patch, fit.epsilon)?,
        false => inverse_root(&covariance, fit.epsilon)?,
    };
    Ok((mean, root))
}

/// Checks the options that both whitenings from patches have.
pub(super) fn check_patch_options(
    name: &str,
    kernel: [usize; 2],
    images: Option<usize>,
    patches: usize,
    epsilon: f64,
    input: ImageShape,
) -> Result<()> {
    check_kernel(kernel, input)?;
    check_count("images", images)?;
    check_count("patches", Some(patches))?;
    check_epsilon(epsilon)?;
    check_features(
        name,
        input.channels * kernel[0] * kernel[1],
        "give a smaller kernel",
    )
}

impl ZcaPatchesSpec {
    fn check(&self, input: ImageShape) -> Result<()> {
        check_patch_options(NAME, self.kernel, self.images, self.patches, self.epsilon, input)
    }

    fn build(&self, channels: usize, kernels: Array2<f32>, mean: Option<Array1<f32>>) -> ZcaPatches {
        let mean = mean.map(|mean| mean.to_vec());
        let bank = Bank {
            kernels,
            mean,
            kernel: self.kernel,
            padding: [0, 0],
        };
        ZcaPatches { bank, channels }
    }
}

impl Spec for ZcaPatchesSpec {
    fn fit(&self, images: &dyn ImageSource, seed: Seed) -> Result<Box<dyn Transform>> {
        self.check(images.shape())?;
        let fit = PatchFit {
            kernel: self.kernel,
            images: self.images,
            per_image: self.patches,
            epsilon: self.epsilon,
            mean: self.center.then_some(Mean::Feature),
            mirror: false,
        };
        let (mean, root) = fit_patches(images, &fit, seed)?;
        let mean = mean.map(|mean| mean.mapv(|x| x as f32));
        Ok(Box::new(self.build(
            images.shape().channels,
            root.mapv(|x| x as f32),
            mean,
        )))
    }

    fn restore(&self, input: ImageShape, tensors: &Tensors) -> Result<Box<dyn Transform>> {
        self.check(input)?;
        let features = input.channels * self.kernel[0] * self.kernel[1];
        let matrix = tensor(tensors, NAME, "matrix", Ix2(features, features))?;
        let mean = self
            .center
            .then(|| tensor(tensors, NAME, "mean", Ix1(features)))
            .transpose()?;
        Ok(Box::new(self.build(input.channels, matrix, mean)))
    }
}

impl ZcaPatches {
    /// The whitening matrix W, K×K.
    pub fn matrix(&self) -> &Array2<f32> {
        &self.bank.kernels
    }
}

impl Transform for ZcaPatches {
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
        Ok(self.bank.output_shape(input))
    }

    fn apply(&self, input: ArrayView4<'_, f32>, output: ArrayViewMut4<'_, f32>) -> Result<()> {
        let shape = crate::shape::of(input.shape());
        parallel::each_image_with(self, input, output, Vec::new, |patches, image, result| {
            self.bank.apply(image, shape, patches, result);
        })
    }

    /// Mirroring reverses the columns within each patch as well, which are channels here.
    fn commutes_with_mirror(&self) -> bool {
        false
    }

    fn tensors(&self) -> Tensors {
        let mut tensors = Tensors::from([("matrix".to_string(), self.matrix().clone().into_dyn())]);
        if let Some(mean) = &self.bank.mean {
            tensors.insert("mean".into(), Array1::from(mean.clone()).into_dyn());
        }
        tensors
    }
}
