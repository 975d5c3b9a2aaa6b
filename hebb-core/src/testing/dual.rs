//! Dual numbers, by which surrogate losses are differentiated.

use crate::rule::Differentiable;
use num_dual::{Dual64, DualNum};
use std::ops::{Add, Mul, Neg, Sub};

/// A dual number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dual(Dual64);

impl Dual {
    /// The gradient of `loss` at `point`, one derivative at a time.
    pub fn gradient(point: &[f64], loss: impl Fn(&[Self]) -> Self) -> Vec<f64> {
        let mut duals: Vec<Self> = point.iter().map(|v| Self::constant(*v)).collect();
        let derivative = |index: usize| {
            duals[index] = Self(Dual64::new(point[index], 1.0));
            let derivative = loss(&duals).0.eps;
            duals[index] = Self::constant(point[index]);
            derivative
        };
        (0..point.len()).map(derivative).collect()
    }
}

impl Differentiable for Dual {
    fn constant(value: f64) -> Self {
        Self(Dual64::from_re(value))
    }

    fn value(&self) -> f64 {
        self.0.re
    }

    fn exp(&self) -> Self {
        Self(self.0.exp())
    }

    fn ln(&self) -> Self {
        Self(self.0.ln())
    }

    fn abs_powf(&self, p: f64) -> Self {
        let size = if self.0.re < 0.0 { -self.0 } else { self.0 };
        Self(size.powf(p))
    }
}

macro_rules! operator {
    ($($name:ident $method:ident),*) => {$(
        impl $name for Dual {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                Self($name::$method(self.0, other.0))
            }
        }
    )*};
}

operator![Add add, Sub sub, Mul mul];

impl Neg for Dual {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derivatives_follow_the_rules_of_calculus() {
        let loss =
            |v: &[Dual]| v[0] * v[0] * v[1] + v[1].exp().ln() - v[0].abs_powf(3.0).stop_gradient() * v[1];
        let gradient = Dual::gradient(&[-2.0, 0.5], loss);
        assert!((gradient[0] + 2.0).abs() < 1e-12 && (gradient[1] - (4.0 + 1.0 - 8.0)).abs() < 1e-12);
    }
}
