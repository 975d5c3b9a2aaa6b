//! Options that the three kinds of whitening share.

use crate::{Error, ImageShape, Result};

/// The most features that a covariance may have: 12,288 (64×64 RGB) take 1.2 GB.
const MAX_FEATURES: usize = 12_288;

/// What the sum of products is divided by to give the covariance, before ε is added.
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

/// An error unless `epsilon` can be added to a variance.
pub(super) fn check_epsilon(epsilon: f64) -> Result<()> {
    match epsilon.is_finite() && epsilon >= 0.0 {
        true => Ok(()),
        false => Err(Error::parameter(
            "epsilon",
            epsilon,
            "it is negative or not finite",
            "give 0 or more",
        )),
    }
}

/// An error unless a covariance of so many features fits into memory.
pub(super) fn check_features(what: &str, features: usize, remedy: &str) -> Result<()> {
    match features <= MAX_FEATURES {
        true => Ok(()),
        false => Err(Error::shape(
            what,
            format!("at most {MAX_FEATURES} features"),
            features,
            remedy,
        )),
    }
}

/// An error if `count` is given and zero.
pub(super) fn check_count(key: &'static str, count: Option<usize>) -> Result<()> {
    match count {
        Some(0) => Err(Error::parameter(
            key,
            0,
            "nothing would be left to fit",
            "give at least 1",
        )),
        _ => Ok(()),
    }
}

/// An error unless a kernel of this height and width lies inside images of shape `input`.
pub(super) fn check_kernel(kernel: [usize; 2], input: ImageShape) -> Result<()> {
    let [height, width] = kernel;
    let fits = (1..=input.height).contains(&height) && (1..=input.width).contains(&width);
    match fits {
        true => Ok(()),
        false => {
            let problem = format!("it does not fit into images of shape {input}");
            let remedy = format!(
                "give [height, width] from [1, 1] to [{}, {}]",
                input.height, input.width
            );
            Err(Error::parameter("kernel", format!("{kernel:?}"), problem, remedy))
        }
    }
}
