use super::linear::matches;
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
        /// How classes are learned from features.
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
            /// Every kind with its defaults: its name and what it does.
            pub const KINDS: &[(&'static str, &'static str)] = &[$(($name, $config::SUMMARY)),*];

            /// The name of its kind.
            pub fn name(&self) -> &'static str {
                match self { $(Self::$variant(_) => $name,)* }
            }

            /// Checks the numbers.
            ///
            /// # Errors
            /// [`Error::Parameter`] for a number out of range.
            pub fn check(&self) -> Result<()> {
                match self { $(Self::$variant(config) => config.check(),)* }
            }

            /// What is chosen from on validation images; among equals the first is taken. Empty where nothing is chosen.
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
    /// A dense Hebbian layer under a teacher.
    "supervised-hebb" => SupervisedHebb(SupervisedHebb),
}

/// A kind of classifier: its options, and how it is fitted.
pub(super) trait Learner {
    /// What it does, in a phrase.
    const SUMMARY: &'static str;

    fn check(&self) -> Result<()>;

    /// The values of its hyperparameter, the one preferred among equals first.
    fn candidates(&self) -> Vec<f64> {
        Vec::new()
    }

    /// The model of one of the candidates, fitted on all examples.
    fn learn<B: Backend>(
        &self,
        backend: &B,
        value: Option<f64>,
        examples: Examples<'_>,
        seed: Seed,
    ) -> Result<Model>;

    /// The accuracy, from 0 to 1, of each of these candidates on validation images; NaN where one cannot be fitted.
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
            Ok(share(matches(&classes, validation.labels), validation.len()))
        };
        values.iter().map(accuracy).collect()
    }
}

pub(super) fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}

/// What a classifier learned.
#[derive(Clone, Debug, PartialEq)]
pub enum Model {
    /// A linear model.
    Linear(Linear),
    /// The images to compare with.
    Neighbours(Neighbours),
}

impl Model {
    /// The class of each row of features (B, F); ties go to the first class.
    ///
    /// # Errors
    /// [`Error::Shape`] for features of another width, or the backend's own failure.
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

    /// How many rows of features are given their class.
    ///
    /// # Errors
    /// As [`Self::predict`].
    pub fn correct<B: Backend>(
        &self,
        backend: &B,
        features: ArrayView2<'_, f32>,
        labels: &[u16],
    ) -> Result<usize> {
        Ok(matches(&self.predict(backend, features)?, labels))
    }

    /// Features of an image.
    pub fn width(&self) -> usize {
        match self {
            Self::Linear(linear) => linear.weights.nrows(),
            Self::Neighbours(neighbours) => neighbours.width(),
        }
    }
}

/// A model, and how its hyperparameter was chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// The model, fitted on training and validation images together.
    pub model: Model,
    /// The value of its hyperparameter, where it has one: ridge's alpha, the SVM's C, the number of neighbours.
    pub chosen: Option<f64>,
    /// The accuracy on validation images with that value after fitting on training images alone, from 0 to 1; none where
    /// nothing was to be chosen.
    pub validation: Option<f64>,
}

/// Fits a classifier; the first `training` examples are training images, the others validation images.
///
/// Of several values of the hyperparameter the best on the validation images is taken, then the model is fitted on all
/// examples. With a single value, or none, it is fitted on all at once.
///
/// # Errors
/// Options out of range, examples that do not fit or are no numbers, no image to fit or to choose on, or the backend's own
/// failure.
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
            detail: "there is no image to fit it on".to_owned(),
        });
    }
    let candidates = classifier.candidates();
    let (mut chosen, mut validation) = (candidates.first().copied(), None);
    if candidates.len() > 1 {
        let split = training.min(examples.len());
        let (train, held_out) = (examples.rows(0..split), examples.rows(split..examples.len()));
        if train.is_empty() || held_out.is_empty() {
            return Err(nothing_to_choose_on(classifier.name(), candidates.len()));
        }
        let accuracies = classifier.accuracies(backend, &candidates, train, held_out, seed)?;
        let best = best(&accuracies);
        (chosen, validation) = (Some(candidates[best]), Some(accuracies[best]));
    }
    let model = classifier.learn(backend, chosen, examples, seed)?;
    Ok(Fitted {
        model,
        chosen,
        validation,
    })
}

pub(super) fn nothing_to_choose_on(name: &str, candidates: usize) -> Error {
    Error::Numerical {
        what: "the readout",
        detail: format!(
            "{name} has {candidates} values to choose from, which needs training and validation images; give one value"
        ),
    }
}

/// The first of the largest; NaN is never the largest.
pub(super) fn best(values: &[f64]) -> usize {
    let better = |best: usize, at: usize| match values[at] > values[best] || values[best].is_nan() {
        true => at,
        false => best,
    };
    (0..values.len()).fold(0, better)
}
