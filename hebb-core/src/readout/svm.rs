//! The linear support vector machine.

use super::classifier::Learner;
use super::{Examples, Linear, Model};
use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::range::{Range, at_least_one};
use crate::seed::Seed;
use ndarray::{Array1, Array2};
use rand::seq::SliceRandom;

/// A linear support vector machine with squared hinge loss, each class against the rest, by dual coordinate descent
/// (Hsieh et al. 2008, algorithm 1).
///
/// The weights of each class minimise ½|w|² + ½b² + C Σ max(0, 1 − y (w·x + b))², with y = 1 for images of the class and −1
/// for the others. Features are divided by the root of their mean squared norm, so that C does not depend on their scale.
///
/// | key | default | range | meaning |
/// |---|---|---|---|
/// | `c` | 0.1, 1, 10, 100 | more than 0 | candidates for C; the smallest of equally accurate ones is selected |
/// | `tolerance` | 0.01 | more than 0 | a class has converged when the projected gradients of an epoch span at most this |
/// | `epochs` | 100 | at least 1 | largest number of passes over the images |
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields, rename_all = "kebab-case")
)]
pub struct LinearSvm {
    /// Candidates for C, the weight of the losses.
    pub c: Vec<f64>,
    /// Largest span of the projected gradients at convergence.
    pub tolerance: f64,
    /// Largest number of passes over the images.
    pub epochs: u64,
}

impl Default for LinearSvm {
    fn default() -> Self {
        Self {
            c: vec![0.1, 1.0, 10.0, 100.0],
            tolerance: 0.01,
            epochs: 100,
        }
    }
}

impl Learner for LinearSvm {
    const SUMMARY: &'static str = "a linear support vector machine, each class against the rest; selects C";
    const HYPERPARAMETER: Option<&'static str> = Some("C");

    fn check(&self) -> Result<()> {
        let owner = "the svm readout";
        if self.c.is_empty() {
            return Err(Error::parameter(owner, "c", "[]", "at least one number"));
        }
        let mut candidates = self.c.iter();
        candidates.try_for_each(|c| Range::Positive.check(owner, "c", *c))?;
        Range::Positive.check(owner, "tolerance", self.tolerance)?;
        at_least_one(owner, "epochs", self.epochs)
    }

    fn candidates(&self) -> Vec<f64> {
        let mut c = self.c.clone();
        c.sort_by(f64::total_cmp);
        c
    }

    fn learn<B: Backend>(
        &self,
        _: &B,
        value: Option<f64>,
        examples: Examples<'_>,
        seed: Seed,
    ) -> Result<Model> {
        let c = value.unwrap_or(1.0);
        let mut descent = DualDescent::new(examples, c);
        let mut order: Vec<usize> = (0..examples.len()).collect();
        for epoch in 0..self.epochs {
            order.shuffle(&mut seed.stream("svm readout", epoch));
            if !descent.epoch(&order, self.tolerance) {
                break;
            }
        }
        Ok(Model::Linear(descent.linear()))
    }
}

/// One machine per class; all visit the images in the same order.
struct DualDescent<'a> {
    examples: Examples<'a>,
    /// Scale factor of the features.
    scale: f64,
    /// Q_ii = |x|² + 1 + 1/2C of each image, the 1 for the intercept.
    diagonal: Vec<f64>,
    /// 1/2C.
    slack: f64,
    machines: Vec<Machine>,
}

/// The machine of one class against the rest.
struct Machine {
    /// α, one for each image.
    multipliers: Vec<f64>,
    /// w = Σ α y x and b = Σ α y.
    weights: Vec<f64>,
    intercept: f64,
    converged: bool,
}

impl<'a> DualDescent<'a> {
    fn new(examples: Examples<'a>, c: f64) -> Self {
        let norms: Vec<f64> = examples
            .features
            .outer_iter()
            .map(|row| row.iter().map(|value| f64::from(*value).powi(2)).sum())
            .collect();
        let mean = norms.iter().sum::<f64>() / norms.len().max(1) as f64;
        let scale = if mean > 0.0 { mean.sqrt().recip() } else { 1.0 };
        let slack = 0.5 / c;
        let machine = |_| Machine {
            multipliers: vec![0.0; examples.len()],
            weights: vec![0.0; examples.width()],
            intercept: 0.0,
            converged: false,
        };
        Self {
            examples,
            scale,
            diagonal: norms
                .iter()
                .map(|norm| norm * scale * scale + 1.0 + slack)
                .collect(),
            slack,
            machines: (0..examples.classes).map(machine).collect(),
        }
    }

    /// Makes a pass over all images. Returns true until every class has converged.
    fn epoch(&mut self, order: &[usize], tolerance: f64) -> bool {
        let mut spans = vec![(f64::INFINITY, f64::NEG_INFINITY); self.machines.len()];
        let mut image = vec![0.0; self.examples.width()];
        for &row in order {
            let features = self.examples.features.row(row);
            let scaled = features.iter().map(|value| f64::from(*value) * self.scale);
            image
                .iter_mut()
                .zip(scaled)
                .for_each(|(value, scaled)| *value = scaled);
            let label = usize::from(self.examples.labels[row]);
            for (class, (machine, span)) in self.machines.iter_mut().zip(&mut spans).enumerate() {
                if !machine.converged {
                    let sign = if class == label { 1.0 } else { -1.0 };
                    let gradient = machine.visit(row, &image, sign, self.slack, self.diagonal[row]);
                    *span = (span.0.min(gradient), span.1.max(gradient));
                }
            }
        }
        for (machine, (least, most)) in self.machines.iter_mut().zip(spans) {
            machine.converged |= most - least <= tolerance;
        }
        self.machines.iter().any(|machine| !machine.converged)
    }

    fn linear(&self) -> Linear {
        let weight = |(f, class): (usize, usize)| (self.machines[class].weights[f] * self.scale) as f32;
        Linear {
            weights: Array2::from_shape_fn((self.examples.width(), self.examples.classes), weight),
            intercept: Array1::from_iter(self.machines.iter().map(|machine| machine.intercept as f32)),
        }
    }
}

impl Machine {
    /// Minimises the dual in the multiplier of one image. Returns the projected gradient before the step.
    fn visit(&mut self, row: usize, image: &[f64], sign: f64, slack: f64, diagonal: f64) -> f64 {
        let former = self.multipliers[row];
        let score = dot(&self.weights, image) + self.intercept;
        let gradient = sign * score - 1.0 + slack * former;
        let projected = if former == 0.0 {
            gradient.min(0.0)
        } else {
            gradient
        };
        if projected != 0.0 {
            let multiplier = (former - gradient / diagonal).max(0.0);
            let step = (multiplier - former) * sign;
            self.multipliers[row] = multiplier;
            self.intercept += step;
            let moved = self.weights.iter_mut().zip(image);
            moved.for_each(|(weight, value)| *weight += step * value);
        }
        projected
    }
}

/// The dot product in eight partial sums, which the compiler vectorizes.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (a, b) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest = a.remainder().iter().zip(b.remainder());
    let rest: f64 = rest.map(|(a, b)| a * b).sum();
    for (a, b) in a.zip(b) {
        let products = a.iter().zip(b).map(|(a, b)| a * b);
        sums.iter_mut()
            .zip(products)
            .for_each(|(sum, product)| *sum += product);
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RefBackend;
    use crate::readout::tests::{blobs, examples};
    use ndarray::array;

    const PRECISE: LinearSvm = LinearSvm {
        c: Vec::new(),
        tolerance: 1e-9,
        epochs: 20_000,
    };

    fn solved(examples: Examples<'_>, c: f64) -> DualDescent<'_> {
        let mut descent = DualDescent::new(examples, c);
        let order: Vec<usize> = (0..examples.len()).collect();
        let converged = (0..PRECISE.epochs).any(|_| !descent.epoch(&order, PRECISE.tolerance));
        assert!(converged, "no convergence");
        descent
    }

    #[test]
    fn the_duality_gap_closes_and_the_conditions_of_karush_kuhn_and_tucker_hold() {
        let (features, labels) = blobs(60, 4, 2.5);
        for c in [0.1, 1.0, 10.0] {
            let descent = solved(examples(&features, &labels, 3), c);
            for (class, machine) in descent.machines.iter().enumerate() {
                let squared = dot(&machine.weights, &machine.weights) + machine.intercept.powi(2);
                let (mut primal, mut dual) = (0.5 * squared, -0.5 * squared);
                for (row, &multiplier) in machine.multipliers.iter().enumerate() {
                    let sign = if usize::from(labels[row]) == class {
                        1.0
                    } else {
                        -1.0
                    };
                    let image = features.row(row);
                    let x: Vec<f64> = image.iter().map(|x| f64::from(*x) * descent.scale).collect();
                    let hinge = (1.0 - sign * (dot(&machine.weights, &x) + machine.intercept)).max(0.0);
                    // With squared hinge loss α = 2C·max(0, 1 − y·score).
                    assert!(
                        (multiplier - 2.0 * c * hinge).abs() < 1e-6 * c,
                        "{multiplier} {hinge}"
                    );
                    primal += c * hinge * hinge;
                    dual += multiplier - 0.25 / c * multiplier * multiplier;
                }
                assert!((primal - dual).abs() < 1e-6 * primal, "{primal} {dual}");
            }
        }
    }

    #[test]
    fn two_opposite_images_have_the_closed_form() {
        // x = ±1: by symmetry b = 0, and ½w² + 2C(1 − w)² is least at w = 4C/(1 + 4C).
        let features = array![[1.0f32], [-1.0]];
        let descent = solved(examples(&features, &[0, 1], 2), 0.5);
        let linear = descent.linear();
        assert!((linear.weights[[0, 0]] - 2.0 / 3.0).abs() < 1e-6);
        assert!((linear.weights[[0, 1]] + 2.0 / 3.0).abs() < 1e-6);
        assert!(linear.intercept.iter().all(|value| value.abs() < 1e-6));
    }

    #[test]
    fn the_scale_of_the_features_does_not_matter() {
        let (features, labels) = blobs(60, 4, 2.5);
        let scaled = &features * 1024.0;
        let learn = |features: &Array2<f32>| {
            let given = examples(features, &labels, 3);
            let model = LinearSvm::default().learn(&RefBackend, Some(1.0), given, Seed::new(0));
            model.unwrap().predict(&RefBackend, features.view()).unwrap()
        };
        assert_eq!(learn(&features), learn(&scaled));
    }
}
