//! Wrong rules that the proof must refuse, so that its silence means something.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use hebb_core::RefBackend;
use hebb_core::plan::Competition;
use hebb_core::rule::{Differentiable, Lowering, Params, Rule, RuleInfo, Sample, parameters};
use hebb_core::rules::{Instar, Oja, SoftHebb};
use hebb_core::testing::{Dual, laws};

/// A rule with the description and the lowering of another one, and a surrogate of its own.
macro_rules! wrong_rule {
    ($name:ident, $of:ty, |$sample:ident| $surrogate:expr) => {
        wrong_rule!($name, $of, <$of>::INFO, |$sample| $surrogate);
    };
    ($name:ident, $of:ty, $info:expr, |$sample:ident| $surrogate:expr) => {
        parameters! {
            #[derive(Debug)]
            struct $name;
        }

        impl Rule for $name {
            const INFO: RuleInfo = $info;

            fn lower(&self) -> Lowering {
                Rule::lower(&<$of>::from_params(&Params::default()).unwrap())
            }

            fn surrogate<D: Differentiable>(&self, $sample: &Sample<'_, D>) -> D {
                $surrogate
            }
        }
    };
}

/// ½|x − w (w·x)|² of one unit, with the gradient running through the activity.
fn oja_without_stop_gradient<D: Differentiable>(sample: &Sample<'_, D>, unit: usize) -> D {
    let y = sample.dot(unit);
    let gaps = sample.row(unit).iter().zip(sample.patch).map(|(w, x)| {
        let gap = D::constant(*x) - w.clone() * y.clone();
        gap.clone() * gap
    });
    D::constant(0.5) * gaps.fold(D::constant(0.0), D::add)
}

wrong_rule!(LeakyOja, Oja, |sample| sample
    .sum_units(|i| oja_without_stop_gradient(sample, i)));
wrong_rule!(FlippedInstar, Instar, |sample| -Instar.surrogate(sample));
wrong_rule!(HalfInstar, Instar, |sample| D::constant(0.5)
    * Instar.surrogate(sample));
wrong_rule!(ForgetfulInstar, Instar, |sample| sample
    .sum_units(|i| -(D::constant(sample.activity[i]) * sample.dot(i))));

const SURROGATE: &str = "the surrogate's gradient";

const MISPRINTED: RuleInfo = RuleInfo {
    formula: "y_i (x + y_i w_i)",
    ..Oja::INFO
};

wrong_rule!(MisprintedOja, Oja, MISPRINTED, |sample| Oja.surrogate(sample));

fn is_refused<R: Rule>(law: &str) -> bool {
    let report = laws::<R, _>(&RefBackend, None);
    report.failed.iter().any(|(name, _)| name.contains(law))
}

#[test]
fn wrong_surrogates_are_refused() {
    assert!(is_refused::<LeakyOja>(SURROGATE));
    assert!(is_refused::<FlippedInstar>(SURROGATE));
    assert!(is_refused::<HalfInstar>(SURROGATE));
    assert!(is_refused::<ForgetfulInstar>(SURROGATE));
}

#[test]
fn a_formula_that_is_not_the_update_is_refused() {
    assert!(is_refused::<MisprintedOja>("the formula as written"));
    assert!(!is_refused::<MisprintedOja>(SURROGATE));
}

/// The gradient of the loss without stop-gradient and Oja's update, at weights of one unit.
fn oja_both_ways(weights: [f64; 2], patch: [f64; 2]) -> (Vec<f64>, Vec<f64>) {
    let y = [weights[0] * patch[0] + weights[1] * patch[1]];
    let gradient = |surrogate: &dyn Fn(&Sample<'_, Dual>) -> Dual| {
        Dual::gradient(&weights, |weights| {
            surrogate(&Sample {
                weights,
                patch: &patch,
                activity: &y,
                similarity: &y,
                teacher: &[],
                states: &[],
            })
        })
    };
    (
        gradient(&|sample| oja_without_stop_gradient(sample, 0)),
        gradient(&|sample| Oja.surrogate(sample)),
    )
}

#[test]
fn oja_needs_its_stop_gradient_away_from_the_unit_sphere() {
    let gap = |weights, patch| {
        let (leaky, right) = oja_both_ways(weights, patch);
        leaky
            .iter()
            .zip(&right)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max)
    };
    // On the sphere the gradient through y is −y (x − y w)·w = 0.
    assert!(gap([0.6, 0.8], [1.5, -0.5]) < 1e-12);
    assert!(gap([1.2, 0.4], [1.5, -0.5]) > 0.1);
}

#[test]
fn soft_hebb_has_no_potential() {
    let patch = [0.7, -1.3];
    let beta = 2.0;
    let update = |weights: &[f64]| -> Vec<f64> {
        let u: Vec<f64> = weights
            .chunks(2)
            .map(|w| w[0] * patch[0] + w[1] * patch[1])
            .collect();
        let mut activity = vec![0.0; 2];
        Competition::SignedSoftWta { beta }.of(&u, &mut activity);
        let rule = SoftHebb::from_params(&Params::default()).unwrap();
        let gradient = Dual::gradient(weights, |weights| {
            rule.surrogate(&Sample {
                weights,
                patch: &patch,
                activity: &activity,
                similarity: &u,
                teacher: &[],
                states: &[],
            })
        });
        gradient.iter().map(|g| -g).collect()
    };
    let weights = [0.4, -0.2, 0.1, 0.3];
    let derivative = |of: usize, by: usize| {
        let at = |step: f64| {
            let mut moved = weights;
            moved[by] += step;
            update(&moved)[of]
        };
        (at(1e-5) - at(-1e-5)) / 2e-5
    };
    // A gradient field has a symmetric Jacobian; the units' updates do not.
    let curl = derivative(0, 2) - derivative(2, 0);
    assert!(curl.abs() > 0.1, "{curl}");
}
