//! Losses and gradients against an independent framework with reverse-mode differentiation: candle, on the CPU in f64.

mod backprop;
mod batch;
mod rules;
mod traced;

use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor};

/// The largest relative difference of two computations of one number in f64.
const TOLERANCE: f64 = 1e-9;

/// ∂loss/∂variable from what `loss.backward()` gave; zeros where the loss does not depend on it.
fn gradient(store: &GradStore, variable: &Tensor) -> Result<Vec<f64>> {
    match store.get(variable) {
        Some(gradient) => gradient.flatten_all()?.to_vec1(),
        None => Ok(vec![0.0; variable.elem_count()]),
    }
}

/// The difference between `found` and the expected values, if it exceeds `tolerance` of the largest.
fn difference(what: &str, tolerance: f64, expected: &[f64], found: &[f64]) -> Option<String> {
    if expected.len() != found.len() {
        return Some(format!(
            "{what} has {} values, not {}",
            found.len(),
            expected.len()
        ));
    }
    let scale = expected
        .iter()
        .fold(1.0f64, |scale, value| scale.max(value.abs()));
    let close = |(expected, found): (&f64, &f64)| (expected - found).abs() <= tolerance * scale;
    let at = expected.iter().zip(found).position(|pair| !close(pair))?;
    Some(format!("{what} at {at} is {}, not {}", found[at], expected[at]))
}
