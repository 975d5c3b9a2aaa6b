//! Surrogate and exact losses against the update.

use super::closed_form;
use super::subject::{Batches, Patch};
use crate::plan::Reduction;
use crate::rule::{Differentiable, Rule, Sample};
use crate::testing::Dual;
use crate::testing::oracle;

/// The tolerance of two f64 computations, relative.
const F64: f64 = 1e-9;

/// The tolerance of a central difference, relative.
const DIFFERENCE: f64 = 1e-6;

/// Checks that −∂L/∂W of the surrogate is the closed form, patch by patch.
pub(super) fn surrogate<R: Rule>(rule: &R, patch: &Patch) -> Result<(), String> {
    let sample = patch.sample(&patch.weights);
    let expected = closed_form(&Rule::lower(rule), &sample);
    let gradient = Dual::gradient(&patch.weights, |weights| rule.surrogate(&patch.sample(weights)));
    approx_eq("the surrogate's gradient", F64, &expected, &gradient)
}

/// Checks that −∂L/∂W of the loss without stop-gradient is the update of a batch, by dual numbers and by central
/// differences.
pub(super) fn exact<R: Rule>(rule: &R, batches: &Batches) -> Result<(), String> {
    let (plan, batch) = (&batches.plan, &batches.batch);
    let weights: Vec<f64> = batch.weights.iter().map(|w| f64::from(*w)).collect();
    let inputs = Inputs::new(batches);
    if rule.exact(&inputs.samples(&weights)).is_none() {
        return Ok(());
    }
    let sums = oracle::pass(plan, batch).map_err(|error| error.to_string())?;
    let parts = [&sums.hebb[..], &sums.decay, &sums.weight];
    let update = oracle::contract(plan, batch, Reduction::Sum, None, parts);
    let update: Vec<f64> = update.iter().map(|bounded| bounded.value).collect();
    let zero = || Dual::constant(0.0);
    let gradient = Dual::gradient(&weights, |w| rule.exact(&inputs.samples(w)).unwrap_or_else(zero));
    approx_eq("the exact loss's gradient", F64, &update, &gradient)?;
    let loss = |w: &[f64]| rule.exact(&inputs.samples(w)).unwrap_or(f64::NAN);
    let numbers = central_differences(&weights, loss);
    let smooth: Vec<usize> = (0..numbers.len())
        .filter(|index| numbers[*index].is_some())
        .collect();
    let of = |values: &[f64]| -> Vec<f64> { smooth.iter().map(|index| values[*index]).collect() };
    let numbers: Vec<f64> = numbers.into_iter().flatten().collect();
    approx_eq(
        "the exact loss's central difference",
        DIFFERENCE,
        &of(&update),
        &numbers,
    )
}

/// The variables of an exact loss except the weights.
struct Inputs {
    patches: Vec<Vec<f64>>,
    teachers: Vec<Vec<f64>>,
    zeros: Vec<f64>,
}

impl Inputs {
    fn new(batches: &Batches) -> Self {
        let rows = |values: &[f32], len: usize| -> Vec<Vec<f64>> {
            values
                .chunks_exact(len)
                .map(|row| row.iter().map(|v| f64::from(*v)).collect())
                .collect()
        };
        let plan = &batches.plan;
        Self {
            patches: rows(&batches.batch.input, plan.geometry.patch_len()),
            teachers: rows(&batches.batch.teacher, plan.units),
            zeros: vec![0.0; plan.units],
        }
    }

    fn samples<'a, D>(&'a self, weights: &'a [D]) -> Vec<Sample<'a, D>> {
        let sample = |(patch, teacher): (&'a Vec<f64>, &'a Vec<f64>)| Sample {
            weights,
            patch,
            activity: &self.zeros,
            similarity: &self.zeros,
            teacher,
            states: &[],
        };
        self.patches.iter().zip(&self.teachers).map(sample).collect()
    }
}

/// (L(w + h) − L(w − h))/2h; `None` if two step widths disagree because the winner changes in between.
fn central_differences(point: &[f64], loss: impl Fn(&[f64]) -> f64) -> Vec<Option<f64>> {
    let difference = |index: usize, step: f64| {
        let at = |offset: f64| {
            let mut moved = point.to_vec();
            moved[index] += offset;
            loss(&moved)
        };
        (at(step) - at(-step)) / (2.0 * step)
    };
    let smooth = |index: usize| {
        let (wide, narrow) = (difference(index, 2e-5), difference(index, 1e-5));
        ((wide - narrow).abs() <= DIFFERENCE * (1.0 + wide.abs())).then_some(narrow)
    };
    (0..point.len()).map(smooth).collect()
}

/// Checks that `gradient` is the negative `update` within a tolerance relative to the largest entry.
fn approx_eq(what: &str, tolerance: f64, update: &[f64], gradient: &[f64]) -> Result<(), String> {
    let scale = update.iter().fold(1.0f64, |scale, v| scale.max(v.abs()));
    for (index, (update, gradient)) in update.iter().zip(gradient).enumerate() {
        let gap = (update + gradient).abs();
        if gap.is_nan() || gap > tolerance * scale {
            let negative = -gradient;
            return Err(format!(
                "minus {what} at weight {index} is {negative}, but the update is {update}"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_descent_beside_the_update() {
        let failure = |gradient: f64| approx_eq("the gradient", F64, &[1.0, 2.0], &[-1.0, gradient]);
        assert_eq!(failure(-2.0), Ok(()));
        let told = "minus the gradient at weight 1 is -2, but the update is 2".to_owned();
        assert_eq!(failure(2.0), Err(told));
    }
}
