//! The supervised Hebbian classifier of Amato et al. 2019.

use super::classifier::{Learner, STREAM_INDEX};
use super::{Examples, Linear, Model};
use crate::backend::{Backend, buffer_of};
use crate::error::{Error, Result};
use crate::geometry::ImageShape;
use crate::layer::{HebbLayer, Input, LayerConfig, Learning, RuleChoice, Schedule};
use crate::plan::{Competition, Output, Reduction, Similarity};
use crate::range::{Range, at_least_one};
use crate::seed::Seed;
use ndarray::{Array1, Array2, Ix4};
use rand::seq::SliceRandom;

/// A dense Hebbian layer with one unit per class and a teacher signal (Amato et al. 2019). The unit of the image's class
/// moves towards the image, averaged over the batch; the unit with the largest cosine is the prediction.
///
/// Each unit follows a moving average of its class.
///
/// | key | default | range | meaning |
/// |---|---|---|---|
/// | `epochs` | 2 | | passes over the images |
/// | `batch` | 64 | at least 1 | images in a batch |
/// | `rate` | 0.1 | more than 0 and at most 1 | learning rate |
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields, rename_all = "kebab-case")
)]
pub struct SupervisedHebb {
    /// Passes over the images.
    pub epochs: u64,
    /// Images in a batch; the last one may have fewer.
    pub batch: usize,
    /// Learning rate: the step towards the mean of the class in a batch.
    pub rate: f32,
}

impl Default for SupervisedHebb {
    fn default() -> Self {
        Self {
            epochs: 2,
            batch: 64,
            rate: 0.1,
        }
    }
}

impl SupervisedHebb {
    fn layer(&self, classes: usize) -> LayerConfig {
        LayerConfig {
            rule: RuleChoice::named("supervised"),
            similarity: Some(Similarity::Cosine),
            competition: Some(Competition::None),
            reduction: Some(Reduction::WeightedMean),
            learning_rate: Schedule::from(self.rate),
            output: Output::Raw,
            ..LayerConfig::dense(classes)
        }
    }
}

impl Learner for SupervisedHebb {
    const SUMMARY: &'static str = "a dense layer whose units move towards the images of their class";

    fn check(&self) -> Result<()> {
        let owner = "the supervised Hebbian readout";
        at_least_one(owner, "batch", self.batch)?;
        Range::UpToOne.check(owner, "rate", self.rate)
    }

    fn learn<B: Backend>(
        &self,
        backend: &B,
        _: Option<f64>,
        examples: Examples<'_>,
        seed: Seed,
    ) -> Result<Model> {
        let shape = ImageShape::new(examples.width(), 1, 1);
        let mut layer = HebbLayer::new(backend, self.layer(examples.classes), shape, seed, STREAM_INDEX)?;
        let mut order: Vec<usize> = (0..examples.len()).collect();
        let mut values = Vec::new();
        for epoch in 0..self.epochs {
            order.shuffle(&mut seed.stream("supervised readout", epoch));
            for rows in order.chunks(self.batch) {
                examples.gather(rows, &mut values);
                let input = Input {
                    images: rows.len(),
                    values: &buffer_of(backend, &values)?,
                    teacher: Some(&buffer_of(backend, &one_hot(examples, rows))?),
                };
                layer.process(backend, &input, Learning::ALL)?;
            }
        }
        Ok(Model::Linear(linear(backend, &layer, examples)?))
    }
}

/// One-hot labels of these rows.
fn one_hot(examples: Examples<'_>, rows: &[usize]) -> Vec<f32> {
    let mut teacher = vec![0.0; rows.len() * examples.classes];
    for (place, &row) in rows.iter().enumerate() {
        teacher[place * examples.classes + usize::from(examples.labels[row])] = 1.0;
    }
    teacher
}

/// The linear model of unit-norm weights, whose scores rank classes as the cosines do.
fn linear<B: Backend>(backend: &B, layer: &HebbLayer<B>, examples: Examples<'_>) -> Result<Linear> {
    let tensors = layer.tensors(backend)?;
    let weights = tensors["weight"].view().into_dimensionality::<Ix4>();
    let weights = weights.map_err(|error| Error::shape("the weights", "(N, C, 1, 1)", error))?;
    let norm = |class: usize| {
        let row = weights.index_axis(ndarray::Axis(0), class);
        let squares = row.iter().map(|weight| f64::from(*weight).powi(2));
        squares.sum::<f64>().sqrt().max(f64::from(f32::MIN_POSITIVE))
    };
    let norms: Vec<f64> = (0..examples.classes).map(norm).collect();
    let scaled = |(f, class): (usize, usize)| (f64::from(weights[[class, f, 0, 0]]) / norms[class]) as f32;
    Ok(Linear {
        weights: Array2::from_shape_fn((examples.width(), examples.classes), scaled),
        intercept: Array1::zeros(examples.classes),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RefBackend;
    use crate::readout::tests::{blobs, examples};

    #[test]
    fn at_rate_one_a_unit_is_the_mean_of_its_class_in_the_last_batch() {
        let (features, labels) = blobs(30, 4, 0.5);
        let config = SupervisedHebb {
            epochs: 1,
            batch: 30,
            rate: 1.0,
        };
        let given = examples(&features, &labels, 3);
        let Model::Linear(linear) = config.learn(&RefBackend, None, given, Seed::new(0)).unwrap() else {
            unreachable!()
        };
        for class in 0..3u16 {
            let mut mean = Array1::<f32>::zeros(4);
            let own = features.outer_iter().zip(&labels);
            own.filter(|(_, label)| **label == class)
                .for_each(|(row, _)| mean += &row);
            mean /= mean.dot(&mean).sqrt();
            let gap = &linear.weights.column(usize::from(class)) - &mean;
            assert!(gap.iter().all(|gap| gap.abs() < 1e-5), "{gap}");
        }
        assert_eq!(linear.intercept, Array1::<f32>::zeros(3));
    }
}
