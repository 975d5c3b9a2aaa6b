//! The fit of patch whitening: patch mean and whitening matrix.

use hebb_core::Seed;
use ndarray::{Array1, Array2};

use super::inverse_root::inverse_root;
use super::options::{Divisor, check_count, check_epsilon, check_features, check_kernel};
use super::rows::{PatchRows, SampleRows, draw};
use super::{mirror, moments};
use crate::{ImageShape, ImageSource, Result};

/// Options of a patch fit.
pub(super) struct PatchFit {
    pub(super) kernel: [usize; 2],
    pub(super) images: Option<usize>,
    pub(super) per_image: usize,
    pub(super) epsilon: f64,
    pub(super) mean: Option<Mean>,
    pub(super) mirror: bool,
}

/// The mean that the fit subtracts: of each feature, or of each channel.
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

/// Checks the options shared by both kinds of patch whitening.
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
