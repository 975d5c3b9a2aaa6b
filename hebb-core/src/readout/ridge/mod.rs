//! Ridge regression onto one-hot classes, in closed form.

mod stream;
mod sums;

pub use stream::RidgeStream;
pub use sums::RidgeSums;

use super::classifier::{Learner, fraction, select};
use super::{Examples, Fitted, Model};
use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::range::Range;
use crate::seed::Seed;

/// Ridge regression onto one-hot classes, in closed form: the weights that minimise Σ|Φw + b − onehot|² + alpha|w|².
///
/// | key | default | range | meaning |
/// |---|---|---|---|
/// | `alphas` | 0.01, 0.1, … 100000 | at least 0 | candidates for alpha; the largest of equally accurate ones is selected |
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields, rename_all = "kebab-case")
)]
pub struct RidgeRegression {
    /// Candidates for alpha, the penalty of the weights.
    pub alphas: Vec<f64>,
}

impl Default for RidgeRegression {
    fn default() -> Self {
        Self {
            alphas: (-2..=5).map(|power| 10f64.powi(power)).collect(),
        }
    }
}

impl RidgeRegression {
    /// Fits from sums over training and validation images and the features `held_out` of the latter. Equivalent to
    /// [`fit`](super::fit), but without the features of training images in memory.
    ///
    /// # Errors
    /// [`Error::Numerical`] if there are no training or validation images, or every alpha is too small.
    pub fn fit_sums(
        &self,
        train: &RidgeSums,
        validation: &RidgeSums,
        held_out: Examples<'_>,
    ) -> Result<Fitted> {
        self.check()?;
        let candidates = self.candidates();
        let images = [train.images(), held_out.len()];
        let (hyperparameter, accuracy) = select("ridge", &candidates, images, || {
            accuracies_from(train, &candidates, held_out)
        })?;
        let alpha = hyperparameter.unwrap_or_default();
        Ok(Fitted {
            model: Model::Linear(train.merged(validation).solve(alpha)?),
            hyperparameter,
            validation: accuracy,
        })
    }
}

/// The validation accuracy of each alpha, from sums over the training images; NaN for an alpha that is too small.
///
/// # Errors
/// The error of the last alpha if all are too small.
fn accuracies_from(train: &RidgeSums, alphas: &[f64], validation: Examples<'_>) -> Result<Vec<f64>> {
    let mut failure = None;
    let mut accuracy = |&alpha: &f64| match train.solve(alpha) {
        Ok(ridge) => fraction(
            ridge.correct(validation.features, validation.labels),
            validation.len(),
        ),
        Err(error) => {
            failure = Some(error);
            f64::NAN
        }
    };
    let accuracies: Vec<f64> = alphas.iter().map(&mut accuracy).collect();
    match failure {
        Some(error) if accuracies.iter().all(|accuracy| accuracy.is_nan()) => Err(error),
        _ => Ok(accuracies),
    }
}

impl Learner for RidgeRegression {
    const SUMMARY: &'static str = "ridge regression onto one-hot classes; selects alpha, the penalty";
    const HYPERPARAMETER: Option<&'static str> = Some("alpha");

    fn check(&self) -> Result<()> {
        let owner = "the ridge readout";
        if self.alphas.is_empty() {
            return Err(Error::parameter(owner, "alphas", "[]", "at least one number"));
        }
        let mut alphas = self.alphas.iter();
        alphas.try_for_each(|alpha| Range::NotNegative.check(owner, "alphas", *alpha))
    }

    fn candidates(&self) -> Vec<f64> {
        let mut alphas = self.alphas.clone();
        alphas.sort_by(|a, b| b.total_cmp(a));
        alphas
    }

    fn learn<B: Backend>(
        &self,
        backend: &B,
        value: Option<f64>,
        examples: Examples<'_>,
        _: Seed,
    ) -> Result<Model> {
        let alpha = value.unwrap_or_default();
        Ok(Model::Linear(RidgeStream::over(backend, examples)?.solve(alpha)?))
    }

    fn accuracies<B: Backend>(
        &self,
        backend: &B,
        values: &[f64],
        train: Examples<'_>,
        validation: Examples<'_>,
        _: Seed,
    ) -> Result<Vec<f64>> {
        accuracies_from(&RidgeStream::over(backend, train)?, values, validation)
    }
}
