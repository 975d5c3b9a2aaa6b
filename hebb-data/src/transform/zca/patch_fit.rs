//! The fit of patch whitening: patch mean and whitening matrix.

use hebb_core::Seed;
use ndarray::{Array1, Array2};

use super::inverse_root::inverse_root;
use super::options::{Divisor, check_count, check_features, check_kernel};
use super::rows::{PatchRows, SampleRows, draw};
use super::{mirror, moments};
use crate::transform::check_epsilon;
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

impl PatchFit {
    /// Checks the options for images of shape `input`.
    pub(super) fn check(&self, name: &str, input: ImageShape) -> Result<()> {
        check_kernel(self.kernel, input)?;
        check_count("images", self.images)?;
        check_count("patches", Some(self.per_image))?;
        check_epsilon(self.epsilon)?;
        let features = input.channels * self.kernel[0] * self.kernel[1];
        check_features(name, features, "give a smaller kernel")
    }

    /// The mean of the patches and their whitening matrix, K×K.
    pub(super) fn run(
        &self,
        images: &dyn ImageSource,
        seed: Seed,
    ) -> Result<(Option<Array1<f64>>, Array2<f64>)> {
        let rows = PatchRows {
            images,
            positions: draw(images, self.images, seed),
            kernel: self.kernel,
            per_image: self.per_image,
            seed,
        };
        let mean = self.mean.map(|kind| self.mean_of(&rows, kind)).transpose()?;
        let mut covariance = moments::second_moment(&rows, mean.as_ref())?;
        covariance /= Divisor::Samples.value(rows.len(), rows.width());
        let patch = ImageShape::new(images.shape().channels, self.kernel[0], self.kernel[1]);
        let root = match self.mirror {
            true => mirror::mirrored_inverse_root(&covariance, patch, self.epsilon)?,
            false => inverse_root(&covariance, self.epsilon)?,
        };
        Ok((mean, root))
    }

    fn mean_of(&self, rows: &PatchRows<'_>, kind: Mean) -> Result<Array1<f64>> {
        let mean = moments::mean(rows)?;
        let size = self.kernel[0] * self.kernel[1];
        Ok(match kind {
            Mean::Feature => mean,
            Mean::Channel => {
                let channel = |feature| feature / size * size;
                let average = |first: usize| mean.slice(ndarray::s![first..first + size]).sum() / size as f64;
                Array1::from_shape_fn(mean.len(), |feature| average(channel(feature)))
            }
        })
    }
}
