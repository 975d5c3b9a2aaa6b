//! Classifier kinds, model selection and fitted models.

use super::linear::count_correct;
use super::{
    ClassMeans, Examples, Linear, LinearSvm, NearestNeighbours, Neighbours, RidgeRegression,
    SoftmaxRegression, SupervisedHebb,
};
use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::seed::Seed;
use ndarray::ArrayView2;

macro_rules! classifiers {
    ($($(#[$doc:meta])* $name:literal => $variant:ident($config:ident)),* $(,)?) => {
        /// A classifier with its options.
        #[derive(Clone, Debug, PartialEq)]
        #[cfg_attr(
            feature = "serde",
            derive(serde::Serialize, serde::Deserialize),
            serde(tag = "kind", deny_unknown_fields)
        )]
        pub enum Classifier {
            $($(#[$doc])* #[cfg_attr(feature = "serde", serde(rename = $name))] $variant($config),)*
        }

        impl Classifier {
            /// The name and summary of every kind.
            pub const KINDS: &[(&'static str, &'static str)] = &[$(($name, $config::SUMMARY)),*];

            /// The name of the kind.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)* }
            }

            /// The name of the hyperparameter of a kind, if it has one.
            pub fn hyperparameter(kind: &str) -> Option<&'static str> {
                match kind { $($name => $config::HYPERPARAMETER,)* _ => None }
            }

            /// Checks the options.
            ///
            /// # Errors
            /// [`Error::Parameter`] for an option out of range.
            pub fn check(&self) -> Result<()> {
                match self { $(Self::$variant(config) => config.check(),)* }
            }

            /// The candidate values of the hyperparameter, the preferred one of equally accurate ones first.
            pub fn candidates(&self) -> Vec<f64> {
                match self { $(Self::$variant(config) => config.candidates(),)* }
            }

            fn accuracies<B: Backend>(
                &self, backend: &B, values: &[f64], train: Examples<'_>, validation: Examples<'_>, seed: Seed,
            ) -> Result<Vec<f64>> {
                match self {
                    $(Self::$variant(config) => config.accuracies(backend, values, train, validation, seed),)*
                }
            }

            fn learn<B: Backend>(
                &self, backend: &B, value: Option<f64>, examples: Examples<'_>, seed: Seed,
            ) -> Result<Model> {
                match self { $(Self::$variant(config) => config.learn(backend, value, examples, seed),)* }
            }
        }
    };
}

classifiers! {
    /// Ridge regression onto one-hot classes, in closed form.
    "ridge" => Ridge(RidgeRegression),
    /// Softmax regression by gradient descent.
    "softmax" => Softmax(SoftmaxRegression),
    /// A linear support vector machine.
    "svm" => Svm(LinearSvm),
    /// The k nearest neighbours.
    "neighbours" => Neighbours(NearestNeighbours),
    /// The nearest class mean.
    "class-means" => ClassMeans(ClassMeans),
    /// A dense Hebbian layer with a teacher signal.
    "supervised-hebb" => SupervisedHebb(SupervisedHebb),
}

/// A kind of classifier: its options and its fit.
pub(super) trait Learner {
    /// A short description.
    const SUMMARY: &'static str;

    /// The name of the hyperparameter that validation images select.
    const HYPERPARAMETER: Option<&'static str> = None;

    fn check(&self) -> Result<()>;

    /// The candidate values of the hyperparameter, the preferred one of equally accurate ones first.
    fn candidates(&self) -> Vec<f64> {
        Vec::new()
    }

    /// Fits the model with one of the candidates on all examples.
    fn learn<B: Backend>(
        &self,
        backend: &B,
        value: Option<f64>,
        examples: Examples<'_>,
        seed: Seed,
    ) -> Result<Model>;

    /// The accuracy, from 0 to 1, of each candidate on validation images; NaN for one that cannot be fitted.
    fn accuracies<B: Backend>(
        &self,
        backend: &B,
        values: &[f64],
        train: Examples<'_>,
        validation: Examples<'_>,
        seed: Seed,
    ) -> Result<Vec<f64>> {
        let accuracy = |&value: &f64| {
            let model = self.learn(backend, Some(value), train, seed)?;
            let classes = model.predict(backend, validation.features)?;
            Ok(fraction(
                count_correct(&classes, validation.labels),
                validation.len(),
            ))
        };
        values.iter().map(accuracy).collect()
    }
}

/// Index of a classifier's random streams, beyond those of a network's layers.
pub(super) const STREAM_INDEX: usize = 1 << 16;

pub(super) fn fraction(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// A fitted classifier.
#[derive(Clone, Debug, PartialEq)]
pub enum Model {
    /// A linear model.
    Linear(Linear),
    /// The images of a nearest-neighbour search.
    Neighbours(Neighbours),
}

impl Model {
    /// Predicts the class of each row of features (B, F). Ties go to the first class.
    ///
    /// # Errors
    /// [`Error::Shape`] for another number of features, or an error of the backend.
    pub fn predict<B: Backend>(&self, backend: &B, features: ArrayView2<'_, f32>) -> Result<Vec<u16>> {
        if features.ncols() != self.width() {
            return Err(Error::shape(
                "the readout's features",
                self.width(),
                features.ncols(),
            ));
        }
        match self {
            Self::Linear(linear) => Ok(linear.predict(features)),
            Self::Neighbours(neighbours) => neighbours.predict(backend, features),
        }
    }

    /// Number of rows whose predicted class is their label.
    ///
    /// # Errors
    /// As [`Self::predict`].
    pub fn correct<B: Backend>(
        &self,
        backend: &B,
        features: ArrayView2<'_, f32>,
        labels: &[u16],
    ) -> Result<usize> {
        Ok(count_correct(&self.predict(backend, features)?, labels))
    }

    /// Number of features F.
    pub fn width(&self) -> usize {
        match self {
            Self::Linear(linear) => linear.weights.nrows(),
            Self::Neighbours(neighbours) => neighbours.width(),
        }
    }
}

/// A model with its selected hyperparameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// The model, fitted on training and validation images together.
    pub model: Model,
    /// The selected hyperparameter, if the classifier has one: `alpha` of ridge, `C` of the SVM, `k` of the neighbours.
    pub hyperparameter: Option<f64>,
    /// The validation accuracy of that value, from 0 to 1, after a fit on training images alone; `None` without a selection.
    pub validation: Option<f64>,
}

/// Fits a classifier. The first `training` examples are training images, the others validation images.
///
/// Selects the candidate with the best validation accuracy, then fits the model on all examples. With at most one
/// candidate it fits on all examples directly.
///
/// # Errors
/// Options out of range, mismatched or non-finite examples, no training or validation images, or an error of the backend.
pub fn fit<B: Backend>(
    backend: &B,
    classifier: &Classifier,
    examples: Examples<'_>,
    training: usize,
    seed: Seed,
) -> Result<Fitted> {
    classifier.check()?;
    examples.check()?;
    if examples.is_empty() {
        return Err(Error::Numerical {
            what: "the readout",
            detail: "there are no images to fit it on; use at least one".to_owned(),
        });
    }
    let candidates = classifier.candidates();
    let split = training.min(examples.len());
    let (train, held_out) = (examples.rows(0..split), examples.rows(split..examples.len()));
    let sizes = [train.len(), held_out.len()];
    let (hyperparameter, validation) = select(classifier.name(), &candidates, sizes, || {
        classifier.accuracies(backend, &candidates, train, held_out, seed)
    })?;
    let model = classifier.learn(backend, hyperparameter, examples, seed)?;
    Ok(Fitted {
        model,
        hyperparameter,
        validation,
    })
}

/// The candidate with the best validation accuracy, and that accuracy; a single candidate needs no selection.
///
/// `images` are the numbers of training and validation images.
pub(super) fn select(
    name: &str,
    candidates: &[f64],
    images: [usize; 2],
    accuracies: impl FnOnce() -> Result<Vec<f64>>,
) -> Result<(Option<f64>, Option<f64>)> {
    if candidates.len() <= 1 {
        return Ok((candidates.first().copied(), None));
    }
    if images.contains(&0) {
        return Err(no_validation_images(name, candidates.len()));
    }
    let accuracies = accuracies()?;
    let best = argmax(&accuracies);
    Ok((Some(candidates[best]), Some(accuracies[best])))
}

fn no_validation_images(name: &str, candidates: usize) -> Error {
    Error::Numerical {
        what: "the readout",
        detail: format!(
            "{name} has {candidates} candidate values, whose selection needs training and validation images; give one value"
        ),
    }
}

/// The index of the largest value, the first of equal ones; NaN is never the largest.
fn argmax(values: &[f64]) -> usize {
    let better = |best: usize, at: usize| match values[at] > values[best] || values[best].is_nan() {
        true => at,
        false => best,
    };
    (0..values.len()).fold(0, better)
}
