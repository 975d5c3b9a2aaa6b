//! Options shared by the three kinds of whitening.

use crate::error::ensure;
use crate::{Error, ImageShape, Result};

/// Largest number of features of a covariance: 12,288 (64×64 RGB) take 1.2 GB.
const MAX_FEATURES: usize = 12_288;

/// Divisor of the sum of products that gives the covariance, before ε is added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Divisor {
    /// The number of samples, which makes it the covariance.
    #[default]
    Samples,
    /// The number of features, as in the published code of Miconi (2021): with n samples of D features the
    /// eigenvalues are n / D times as large, so that ε weighs less.
    Features,
}

impl Divisor {
    pub(super) fn value(self, samples: usize, features: usize) -> f64 {
        match self {
            Self::Samples => samples as f64,
            Self::Features => features as f64,
        }
    }
}

/// Checks that a covariance of `features` features fits into memory.
pub(super) fn check_features(what: &str, features: usize, remedy: &str) -> Result<()> {
    ensure(features <= MAX_FEATURES, || {
        Error::shape(what, format!("at most {MAX_FEATURES} features"), features, remedy)
    })
}

/// Checks that `count` is not zero.
pub(super) fn check_count(key: &'static str, count: Option<usize>) -> Result<()> {
    ensure(count != Some(0), || {
        Error::parameter(key, 0, "the fit has no samples; give at least 1")
    })
}

/// Checks that a kernel (height, width) fits into images of shape `input`.
pub(super) fn check_kernel(kernel: [usize; 2], input: ImageShape) -> Result<()> {
    let [height, width] = kernel;
    let fits = (1..=input.height).contains(&height) && (1..=input.width).contains(&width);
    ensure(fits, || {
        let most = [input.height, input.width];
        let remedy = format!("give [height, width] from [1, 1] to {most:?}");
        let problem = format!("it does not fit into images of shape {input}; {remedy}");
        Error::parameter("kernel", format!("{kernel:?}"), problem)
    })
}
