//! The nearest-class-mean classifier.

use super::classifier::Learner;
use super::{Examples, Linear, Model};
use crate::backend::Backend;
use crate::error::Result;
use crate::seed::Seed;
use ndarray::{Array1, Array2};

/// The nearest class mean: an image belongs to the class whose mean feature vector has the smallest Euclidean distance.
///
/// It has no options and never predicts a class without images. The model is linear: with m the mean of the class means
/// μ, the score of a class is x·(μ − m) − (|μ|² − |m|²)/2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct ClassMeans {}

impl Learner for ClassMeans {
    const SUMMARY: &'static str = "the nearest class mean";

    fn check(&self) -> Result<()> {
        Ok(())
    }

    fn learn<B: Backend>(&self, _: &B, _: Option<f64>, examples: Examples<'_>, _: Seed) -> Result<Model> {
        let (means, counts) = (means(examples), examples.counts());
        let present = || {
            means
                .columns()
                .into_iter()
                .zip(&counts)
                .filter(|(_, count)| **count > 0)
        };
        let mut middle = Array1::<f64>::zeros(examples.width());
        present().for_each(|(mean, _)| middle += &mean);
        middle /= present().count().max(1) as f64;
        let offset = |class: usize| match counts[class] {
            0 => f32::NEG_INFINITY,
            _ => {
                let mean = means.column(class);
                (-0.5 * (&mean - &middle).dot(&(&mean + &middle))) as f32
            }
        };
        Ok(Model::Linear(Linear {
            intercept: Array1::from_shape_fn(examples.classes, offset),
            weights: Array2::from_shape_fn(means.dim(), |(f, c)| (means[[f, c]] - middle[f]) as f32),
        }))
    }
}

/// The mean of each class, F×classes; zero for a class without images.
fn means(examples: Examples<'_>) -> Array2<f64> {
    let mut sums = Array2::<f64>::zeros((examples.classes, examples.width()));
    for (row, &label) in examples.features.outer_iter().zip(examples.labels) {
        let mut sum = sums.row_mut(usize::from(label));
        sum.zip_mut_with(&row, |sum, value| *sum += f64::from(*value));
    }
    for (mut sum, count) in sums.outer_iter_mut().zip(examples.counts()) {
        sum /= count.max(1) as f64;
    }
    sums.reversed_axes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RefBackend;
    use crate::readout::tests::{blobs, examples};

    #[test]
    fn the_nearest_mean_is_the_textbook_s() {
        let (features, labels) = blobs(90, 4, 0.7);
        let given = examples(&features, &labels, 4);
        let model = ClassMeans {}
            .learn(&RefBackend, None, given, Seed::new(0))
            .unwrap();
        let means = means(given);
        let nearest = |row: ndarray::ArrayView1<'_, f32>| {
            let distance = |class: usize| {
                let gaps = row.iter().zip(means.column(class));
                gaps.map(|(x, mean)| (f64::from(*x) - mean).powi(2)).sum::<f64>()
            };
            // Class 3 has no image.
            (0..3)
                .min_by(|a, b| distance(*a).total_cmp(&distance(*b)))
                .unwrap() as u16
        };
        let expected: Vec<u16> = features.outer_iter().map(nearest).collect();
        assert_eq!(model.predict(&RefBackend, features.view()).unwrap(), expected);
    }
}
