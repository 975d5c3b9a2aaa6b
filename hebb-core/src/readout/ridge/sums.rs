//! The normal equations of ridge regression, accumulated over batches.

use crate::backend::{Backend, Gemm, buffer_of, values_of};
use crate::error::{Error, Result};
use crate::readout::{Examples, Linear};
use faer::linalg::solvers::Solve;
use faer::{Mat, Side};
use ndarray::{Array1, Array2, ArrayView2};

/// The normal equations of ridge regression, accumulated over batches so that the features need not fit in memory.
///
/// The backend computes the products of a batch in f32; the sums over batches are f64.
#[derive(Clone, Debug)]
pub struct RidgeSums {
    gram: Array2<f64>,
    cross: Array2<f64>,
    features: Array1<f64>,
    classes: Array1<f64>,
    images: usize,
}

impl RidgeSums {
    /// Sums over no images.
    pub fn new(features: usize, classes: usize) -> Self {
        Self {
            gram: Array2::zeros((features, features)),
            cross: Array2::zeros((features, classes)),
            features: Array1::zeros(features),
            classes: Array1::zeros(classes),
            images: 0,
        }
    }

    /// Number of images in the sums.
    pub fn images(&self) -> usize {
        self.images
    }

    /// Adds features (B, F) with their labels.
    ///
    /// # Errors
    /// [`Error::Shape`] for features or labels of another size, [`Error::NotFinite`] for NaN or infinite features.
    pub fn add<B: Backend>(
        &mut self,
        backend: &B,
        features: ArrayView2<'_, f32>,
        labels: &[u16],
    ) -> Result<()> {
        let (count, width) = features.dim();
        if width != self.features.len() {
            return Err(Error::shape(
                "the readout's features",
                format!("B×{}", self.features.len()),
                format!("{count}×{width}"),
            ));
        }
        let examples = Examples {
            features,
            labels,
            classes: self.classes.len(),
        };
        examples.check()?;
        let rows = features.as_standard_layout();
        let values = examples.values();
        // G (F×F) = Φᵀ (F×B) · Φ (B×F)
        let phi = buffer_of(backend, &values)?;
        let mut product = backend.zeros(width * width)?;
        backend.gemm(
            Gemm::new(width, width, count).transpose_a(),
            &phi,
            &phi,
            &mut product,
        )?;
        let product = values_of(backend, &product, width * width)?;
        self.gram
            .iter_mut()
            .zip(&*product)
            .for_each(|(sum, value)| *sum += f64::from(*value));
        for (row, &label) in rows.outer_iter().zip(labels) {
            let label = usize::from(label);
            self.classes[label] += 1.0;
            self.cross
                .column_mut(label)
                .zip_mut_with(&row, |sum, value| *sum += f64::from(*value));
            self.features
                .zip_mut_with(&row, |sum, value| *sum += f64::from(*value));
        }
        self.images += count;
        Ok(())
    }

    /// The sums over both sets of images.
    pub fn merged(&self, other: &Self) -> Self {
        Self {
            gram: &self.gram + &other.gram,
            cross: &self.cross + &other.cross,
            features: &self.features + &other.features,
            classes: &self.classes + &other.classes,
            images: self.images + other.images,
        }
    }

    /// The linear model that minimises Σ|Φw + b − onehot|² + alpha|w|². The intercept has no penalty.
    ///
    /// # Errors
    /// [`Error::Numerical`] if there are no images or the system is not positive definite.
    pub fn solve(&self, alpha: f64) -> Result<Linear> {
        let fail = |detail: String| Error::Numerical {
            what: "the ridge readout",
            detail,
        };
        if self.images == 0 {
            return Err(fail(
                "there are no images to fit it on; use at least one".to_owned(),
            ));
        }
        let count = self.images as f64;
        let (width, classes) = self.cross.dim();
        let centred = |i: usize, j: usize| self.gram[[i, j]] - self.features[i] * self.features[j] / count;
        let system = Mat::from_fn(width, width, |i, j| {
            centred(i, j) + if i == j { alpha } else { 0.0 }
        });
        let right = Mat::from_fn(width, classes, |i, c| {
            self.cross[[i, c]] - self.features[i] * self.classes[c] / count
        });
        let factor = system.llt(Side::Lower);
        let factor = factor.map_err(|_| fail(format!("alpha = {alpha} is too small; use a larger one")))?;
        let solution = factor.solve(&right);
        let weights = Array2::from_shape_fn((width, classes), |(i, c)| solution[(i, c)]);
        let intercept = (&self.classes - &self.features.dot(&weights)) / count;
        Ok(Linear {
            weights: weights.mapv(|w| w as f32),
            intercept: intercept.mapv(|b| b as f32),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RefBackend;
    use crate::readout::tests::blobs;
    use ndarray::{Axis, Slice, array};
    #[test]
    fn batches_add_up_to_the_whole() {
        let (features, labels) = blobs(90, 4, 0.7);
        let part = |range: std::ops::Range<usize>| {
            let mut sums = RidgeSums::new(4, 3);
            sums.add(
                &RefBackend,
                features.slice_axis(Axis(0), Slice::from(range.clone())),
                &labels[range],
            )
            .unwrap();
            sums
        };
        let (whole, parts) = (
            part(0..90).solve(1.0).unwrap(),
            part(0..40).merged(&part(40..90)).solve(1.0).unwrap(),
        );
        assert!(
            (&whole.weights - &parts.weights)
                .iter()
                .all(|gap| gap.abs() < 1e-5)
        );
    }

    #[test]
    fn one_feature_has_the_closed_form_of_the_textbook() {
        let mut sums = RidgeSums::new(1, 2);
        sums.add(
            &RefBackend,
            array![[0.0], [1.0], [2.0], [3.0]].view(),
            &[0, 0, 1, 1],
        )
        .unwrap();
        // Σ(x − x̄)² = 5 and Σ(x − x̄)(y − ȳ) = 2 for class 1, so w = 2 / (5 + alpha).
        let ridge = sums.solve(3.0).unwrap();
        assert!((ridge.weights[[0, 1]] - 0.25).abs() < 1e-6);
        assert!((ridge.intercept[1] - (0.5 - 0.25 * 1.5)).abs() < 1e-6);
    }

    #[test]
    fn what_cannot_be_solved_is_an_error() {
        assert!(
            RidgeSums::new(2, 2)
                .solve(1.0)
                .unwrap_err()
                .to_string()
                .contains("no images")
        );
        let mut sums = RidgeSums::new(2, 2);
        assert!(
            sums.add(&RefBackend, array![[f32::NAN, 0.0]].view(), &[0])
                .is_err()
        );
        assert!(sums.add(&RefBackend, array![[1.0, 0.0]].view(), &[2]).is_err());
    }
}
