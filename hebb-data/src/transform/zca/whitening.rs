//! The fit of a whitening matrix to samples, whole images or patches.

use ndarray::{Array1, Array2};

use super::inverse_root::inverse_root;
use super::options::Divisor;
use super::rows::SampleRows;
use super::{mirror, moments};
use crate::{ImageShape, Result};

/// Settings of a fit.
pub(super) struct Whitening {
    /// The mean that the fit subtracts, if any.
    pub(super) mean: Option<Mean>,
    pub(super) divisor: Divisor,
    pub(super) epsilon: f64,
    /// Includes the mirror images of the samples.
    pub(super) mirror: bool,
}

/// The mean that the fit subtracts: of each feature, or of each channel.
#[derive(Clone, Copy)]
pub(super) enum Mean {
    Feature,
    Channel,
}

impl Whitening {
    /// The mean of the samples, each of shape `sample`, and their whitening matrix.
    pub(super) fn fit(
        &self,
        rows: &dyn SampleRows,
        sample: ImageShape,
    ) -> Result<(Option<Array1<f32>>, Array2<f32>)> {
        let mean = self
            .mean
            .map(|kind| self.mean_of(rows, kind, sample))
            .transpose()?;
        let mut covariance = moments::second_moment(rows, mean.as_ref())?;
        covariance /= self.divisor.value(rows.len(), rows.width());
        let root = match self.mirror {
            true => mirror::mirrored_inverse_root(&covariance, sample, self.epsilon)?,
            false => inverse_root(&covariance, self.epsilon)?,
        };
        Ok((mean.map(|mean| mean.mapv(|x| x as f32)), root.mapv(|x| x as f32)))
    }

    fn mean_of(&self, rows: &dyn SampleRows, kind: Mean, sample: ImageShape) -> Result<Array1<f64>> {
        let mean = moments::mean(rows)?;
        let size = sample.positions();
        Ok(match kind {
            Mean::Feature if self.mirror => mirror::mean(&mean, sample),
            Mean::Feature => mean,
            Mean::Channel => {
                let channel = |feature| feature / size * size;
                let average = |first: usize| mean.slice(ndarray::s![first..first + size]).sum() / size as f64;
                Array1::from_shape_fn(mean.len(), |feature| average(channel(feature)))
            }
        })
    }
}
