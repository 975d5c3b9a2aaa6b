//! Softmax regression.

use super::classifier::{Learner, STREAM_INDEX};
use super::{Examples, Linear, Model};
use crate::backend::{Backend, host_of};
use crate::backprop::{Descent, Method, Mode, OpConfig, Optimizer, Stack, StepDecay, softmax_cross_entropy};
use crate::error::Result;
use crate::geometry::ImageShape;
use crate::range::{Range, at_least_one};
use crate::seed::Seed;
use ndarray::{Array1, Array2};
use rand::seq::SliceRandom;

/// Softmax regression by gradient descent, with dropout of the features during training.
///
/// Initial weights and biases are uniform in ±1/√F, as in PyTorch. The defaults are the readout of Journé et al. 2023.
///
/// | key | default | range | meaning |
/// |---|---|---|---|
/// | `epochs` | 50 | | passes over the images |
/// | `batch` | 64 | at least 1 | images in a batch |
/// | `dropout` | 0.5 | from 0 to below 1 | fraction of dropped features |
/// | `descent` | Adam, 0.001, halved after 10, 17, 25, 30, 35, 40 and 45 epochs | | see [`Descent`] |
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields, rename_all = "kebab-case")
)]
pub struct SoftmaxRegression {
    /// Passes over the images.
    pub epochs: u64,
    /// Images in a batch; the last one may have fewer.
    pub batch: usize,
    /// Fraction of dropped features.
    pub dropout: f32,
    /// Optimizer and learning-rate schedule.
    pub descent: Descent,
}

impl Default for SoftmaxRegression {
    fn default() -> Self {
        Self {
            epochs: 50,
            batch: 64,
            dropout: 0.5,
            descent: Descent {
                optimizer: Method::ADAM,
                rate: 1e-3,
                falls: Some(StepDecay {
                    at: vec![10, 17, 25, 30, 35, 40, 45],
                    factor: 0.5,
                }),
            },
        }
    }
}

impl Learner for SoftmaxRegression {
    const SUMMARY: &'static str = "softmax regression by SGD or Adam, with dropout and a schedule";

    fn check(&self) -> Result<()> {
        let owner = "the softmax readout";
        at_least_one(owner, "batch", self.batch)?;
        Range::BelowOne.check(owner, "dropout", self.dropout)?;
        self.descent.check()
    }

    fn learn<B: Backend>(
        &self,
        backend: &B,
        _: Option<f64>,
        examples: Examples<'_>,
        seed: Seed,
    ) -> Result<Model> {
        let ops = [
            OpConfig::Dropout { rate: self.dropout },
            OpConfig::dense(examples.classes),
        ];
        let shape = ImageShape::new(examples.width(), 1, 1);
        let most = self.batch.min(examples.len());
        let mut trainer = Trainer {
            backend,
            examples,
            stack: Stack::new(backend, shape, &ops, seed, STREAM_INDEX)?,
            optimizer: self.descent.optimizer()?,
            values: Vec::new(),
            input: backend.zeros(most * examples.width())?,
            gradient: backend.zeros(most * examples.classes)?,
        };
        let mut order: Vec<usize> = (0..examples.len()).collect();
        for epoch in 0..self.epochs {
            trainer.optimizer.set_rate(self.descent.rate(epoch))?;
            order.shuffle(&mut seed.stream("softmax readout", epoch));
            order.chunks(self.batch).try_for_each(|rows| trainer.step(rows))?;
        }
        Ok(Model::Linear(trainer.linear()?))
    }
}

struct Trainer<'b, 'a, B: Backend> {
    backend: &'b B,
    examples: Examples<'a>,
    stack: Stack<B>,
    optimizer: Optimizer,
    /// The features of a batch, on the host and on the device.
    values: Vec<f32>,
    input: B::Buffer,
    /// The gradient of the loss with respect to the logits of a batch.
    gradient: B::Buffer,
}

impl<B: Backend> Trainer<'_, '_, B> {
    fn step(&mut self, rows: &[usize]) -> Result<()> {
        let (backend, count, classes) = (self.backend, rows.len(), self.examples.classes);
        self.examples.gather(rows, &mut self.values);
        let labels: Vec<u16> = rows.iter().map(|&row| self.examples.labels[row]).collect();
        backend.upload(&self.values, &mut self.input)?;
        let logits = self.stack.forward(backend, count, &self.input, Mode::Train)?;
        let loss = softmax_cross_entropy(&host_of(backend, logits, count * classes)?, classes, &labels)?;
        backend.upload(&loss.gradient, &mut self.gradient)?;
        self.stack.backward(backend, count, &self.input, &self.gradient)?;
        self.stack.step(backend, &mut self.optimizer)
    }

    fn linear(&self) -> Result<Linear> {
        let tensors = self.stack.tensors(self.backend)?;
        let values = |name: &str| tensors[name].iter().copied().collect::<Vec<f32>>();
        let (width, classes) = (self.examples.width(), self.examples.classes);
        let rows = values("1.weight");
        Ok(Linear {
            weights: Array2::from_shape_fn((width, classes), |(f, class)| rows[class * width + f]),
            intercept: Array1::from(values("1.bias")),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RefBackend;
    use crate::readout::tests::{blobs, examples};
    use ndarray::{Axis, array};

    fn plain(epochs: u64, batch: usize, rate: f32, weight_decay: f32) -> SoftmaxRegression {
        let optimizer = Method::Sgd {
            momentum: 0.9,
            nesterov: true,
            weight_decay,
        };
        SoftmaxRegression {
            epochs,
            batch,
            dropout: 0.0,
            descent: Descent {
                optimizer,
                rate,
                falls: None,
            },
        }
    }

    fn learn(config: &SoftmaxRegression, examples: Examples<'_>) -> Linear {
        match config.learn(&RefBackend, None, examples, Seed::new(3)).unwrap() {
            Model::Linear(linear) => linear,
            Model::Neighbours(_) => unreachable!(),
        }
    }

    #[test]
    fn at_convergence_the_gradient_vanishes() {
        let (features, labels) = blobs(60, 4, 2.0);
        let decay = 1e-2;
        let linear = learn(&plain(600, 60, 0.5, decay), examples(&features, &labels, 3));
        let logits = features.dot(&linear.weights) + &linear.intercept;
        let loss =
            softmax_cross_entropy(logits.as_standard_layout().as_slice().unwrap(), 3, &labels).unwrap();
        let gradient = Array2::from_shape_vec((60, 3), loss.gradient).unwrap();
        let weights = features.t().dot(&gradient) + decay * &linear.weights;
        let intercept = gradient.sum_axis(Axis(0)) + decay * &linear.intercept;
        let largest = weights
            .iter()
            .chain(&intercept)
            .fold(0f32, |most, value| most.max(value.abs()));
        assert!(largest < 1e-5, "{largest}");
    }

    #[test]
    fn without_information_the_scores_are_the_logarithms_of_the_class_shares() {
        let (features, labels) = (Array2::zeros((8, 1)), [0, 0, 0, 0, 0, 0, 1, 1]);
        let linear = learn(&plain(400, 8, 1.0, 0.0), examples(&features, &labels, 2));
        let odds = linear.intercept[0] - linear.intercept[1];
        assert!((odds - 3f32.ln()).abs() < 1e-4, "{odds}");
    }

    #[test]
    fn without_training_the_weights_are_those_of_pytorch() {
        let (features, labels) = (Array2::zeros((4, 100)), [0, 1, 2, 3]);
        let linear = learn(&plain(0, 4, 0.1, 0.0), examples(&features, &labels, 4));
        let all: Vec<f32> = linear.weights.iter().chain(&linear.intercept).copied().collect();
        assert!(all.iter().all(|weight| weight.abs() <= 0.1));
        let square = all.iter().map(|weight| weight * weight).sum::<f32>() / all.len() as f32;
        // A uniform number within ±b has the variance b²/3.
        assert!((square / (0.01 / 3.0) - 1.0).abs() < 0.2, "{square}");
        assert_ne!(linear.intercept, array![0.0, 0.0, 0.0, 0.0]);
    }
}
