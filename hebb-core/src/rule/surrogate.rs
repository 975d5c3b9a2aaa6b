//! Differentiable numbers and per-patch samples, in which surrogate losses are written.

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
        self.dot_with(unit, self.patch)
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

    /// |x − Σ_i c_i w_i + offset|² over the units of `terms` (i, c_i); `offset` is K values without gradient.
    pub fn reconstruction_error(&self, terms: &[(usize, f64)], offset: &[f64]) -> D {
        let square = |(k, x): (usize, &f64)| {
            let scaled = |&(unit, c): &(usize, f64)| self.row(unit)[k].clone() * D::constant(c);
            let gap = terms
                .iter()
                .map(scaled)
                .fold(D::constant(x + offset[k]), |gap, term| gap - term);
            gap.clone() * gap
        };
        self.patch
            .iter()
            .enumerate()
            .map(square)
            .fold(D::constant(0.0), D::add)
    }

    /// Σ_i c_i sg\[w_i\], K values without gradient.
    pub fn combination(&self, terms: &[(usize, f64)]) -> Vec<f64> {
        let sum = |k: usize| terms.iter().map(|&(unit, c)| c * self.row(unit)[k].value()).sum();
        (0..self.patch.len()).map(sum).collect()
    }

    /// w_i·v for K values without gradient.
    pub fn dot_with(&self, unit: usize, v: &[f64]) -> D {
        let terms = self
            .row(unit)
            .iter()
            .zip(v)
            .map(|(w, v)| w.clone() * D::constant(*v));
        terms.fold(D::constant(0.0), D::add)
    }

    /// w_i·x − |w_i|²/2, which is largest for the unit nearest to the patch.
    pub fn nearness(&self, unit: usize) -> D {
        self.dot(unit) - D::constant(0.5) * self.norm_squared(unit)
    }

    /// Σ_i `loss(i)`.
    pub fn sum_units(&self, loss: impl Fn(usize) -> D) -> D {
        (0..self.units()).map(loss).fold(D::constant(0.0), D::add)
    }
}

/// ln Σ e^v, safe for values of any size.
pub(crate) fn log_sum_exp<D: Differentiable>(values: &[D]) -> D {
    let largest = values.iter().map(D::value).fold(f64::NEG_INFINITY, f64::max);
    let shifted = values.iter().map(|v| (v.clone() - D::constant(largest)).exp());
    shifted.fold(D::constant(0.0), D::add).ln() + D::constant(largest)
}

/// The indices from the largest value to the smallest; equal values keep their order.
pub(crate) fn ranked<D: Differentiable>(values: &[D]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].value().total_cmp(&values[a].value()));
    order
}

/// The sum of some numbers.
pub(crate) fn total<D: Differentiable>(terms: impl Iterator<Item = D>) -> D {
    terms.fold(D::constant(0.0), D::add)
}
