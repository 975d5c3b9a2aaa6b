//! Classifiers on features: ridge and softmax regression, linear SVM, nearest neighbours, class means, supervised Hebb.
//!
//! [`fit`] selects the hyperparameter of a [`Classifier`] on validation images, then fits it on training and validation
//! images together. All classifiers take the same features, a matrix B×F with a class per row.
//!
//! ```
//! use hebb_core::readout::{Classifier, Examples, NearestNeighbours, fit};
//! use hebb_core::{RefBackend, Seed};
//! use ndarray::Array2;
//!
//! let features = Array2::from_shape_fn((30, 2), |(image, f)| (10 * (image % 3)) as f32 + (image * (f + 1)) as f32 / 30.0);
//! let labels: Vec<u16> = (0..30).map(|image| image % 3).collect();
//! let examples = Examples { features: features.view(), labels: &labels, classes: 3 };
//! let neighbours = Classifier::Neighbours(NearestNeighbours { k: vec![1, 3], ..Default::default() });
//! // The first 20 images are for training, the other 10 for the selection of k.
//! let fitted = fit(&RefBackend, &neighbours, examples, 20, Seed::new(0))?;
//! assert_eq!((fitted.hyperparameter, fitted.validation), (Some(3.0), Some(1.0)));
//! assert_eq!(fitted.model.predict(&RefBackend, features.view())?, labels);
//! # Ok::<(), hebb_core::Error>(())
//! ```

mod class_means;
mod classifier;
mod examples;
mod features;
mod linear;
mod neighbours;
mod ridge;
mod softmax;
mod supervised;
mod svm;
#[cfg(test)]
mod tests;

pub use class_means::ClassMeans;
pub use classifier::{Classifier, Fitted, Model, fit};
pub use examples::Examples;
pub use features::{FeatureMap, grid_means};
pub use linear::Linear;
pub use neighbours::{Distance, NearestNeighbours, Neighbours};
pub use ridge::{RidgeRegression, RidgeStream, RidgeSums};
pub use softmax::SoftmaxRegression;
pub use supervised::SupervisedHebb;
pub use svm::LinearSvm;
