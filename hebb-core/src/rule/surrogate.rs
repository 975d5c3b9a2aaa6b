//! What a surrogate loss is written in: numbers that can be differentiated, and one patch's quantities.

use std::ops::{Add, Mul, Neg, Sub};

/// A number that a surrogate loss is written over: plain, dual, or a node of an autodiff tape.
pub trait Differentiable:
    Clone + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Neg<Output = Self>
{
    /// A number without gradient.
    fn constant(value: f64) -> Self;

    /// The number's value.
    fn value(&self) -> f64;

    /// e^v.
    fn exp(&self) -> Self;

    /// ln v.
    fn ln(&self) -> Self;

    /// |v|^p.
    fn abs_powf(&self, p: f64) -> Self;

    /// sg\[v\]: the same value without gradient.
    fn stop_gradient(&self) -> Self {
        Self::constant(self.value())
    }
}

impl Differentiable for f64 {
    fn constant(value: f64) -> Self {
        value
    }

    fn value(&self) -> f64 {
        *self
    }

    fn exp(&self) -> Self {
        f64::exp(*self)
    }

    fn ln(&self) -> Self {
        f64::ln(*self)
    }

    fn abs_powf(&self, p: f64) -> Self {
        self.abs().powf(p)
    }
}

/// One patch as a surrogate loss sees it: the weights, and everything else with its gradient stopped.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a, D> {
    /// W, N×K in row-major order.
    pub weights: &'a [D],
    /// x, K values.
    pub patch: &'a [f64],
    /// y, N values: the competition's result.
    pub activity: &'a [f64],
    /// u, N values: the similarity.
    pub similarity: &'a [f64],
    /// t, N values; empty without a teacher.
    pub teacher: &'a [f64],
    /// The states of each unit: N for each state of the rule.
    pub states: &'a [Vec<f64>],
}

impl<D: Differentiable> Sample<'_, D> {
    /// N.
    pub fn units(&self) -> usize {
        self.activity.len()
    }

    /// w_i.
    pub fn row(&self, unit: usize) -> &[D] {
        &self.weights[unit * self.patch.len()..(unit + 1) * self.patch.len()]
    }

    /// w_i·x.
    pub fn dot(&self, unit: usize) -> D {
        let terms = self
            .row(unit)
            .iter()
            .zip(self.patch)
            .map(|(w, x)| w.clone() * D::constant(*x));
        terms.fold(D::constant(0.0), D::add)
    }

    /// |w_i|².
    pub fn norm_squared(&self, unit: usize) -> D {
        self.row(unit)
            .iter()
            .map(|w| w.clone() * w.clone())
            .fold(D::constant(0.0), D::add)
    }

    /// |x − w_i|².
    pub fn distance_squared(&self, unit: usize) -> D {
        self.scaled_distance_squared(unit, 1.0)
    }

    /// |x − s·w_i|².
    pub fn scaled_distance_squared(&self, unit: usize, scale: f64) -> D {
        let terms = self.row(unit).iter().zip(self.patch).map(|(w, x)| {
            let gap = D::constant(*x) - w.clone() * D::constant(scale);
            gap.clone() * gap
        });
        terms.fold(D::constant(0.0), D::add)
    }

    /// Σ_i `loss(i)`.
    pub fn sum_units(&self, loss: impl Fn(usize) -> D) -> D {
        (0..self.units()).map(loss).fold(D::constant(0.0), D::add)
    }
}
