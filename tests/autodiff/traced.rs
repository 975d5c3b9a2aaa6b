//! A number that candle differentiates: a tensor without axes.

use candle_core::{Device, Tensor};
use hebb_learn::core::rule::Differentiable;
use std::ops::{Add, Mul, Neg, Sub};

#[derive(Clone, Debug)]
pub(super) struct Traced(Tensor);

impl Traced {
    pub(super) fn new(tensor: &Tensor) -> Self {
        Self(tensor.clone())
    }

    pub(super) fn tensor(&self) -> &Tensor {
        &self.0
    }
}

impl Differentiable for Traced {
    fn constant(value: f64) -> Self {
        Self(Tensor::new(value, &Device::Cpu).unwrap())
    }

    fn value(&self) -> f64 {
        self.0.to_scalar().unwrap()
    }

    fn exp(&self) -> Self {
        Self(self.0.exp().unwrap())
    }

    fn ln(&self) -> Self {
        Self(self.0.log().unwrap())
    }

    fn abs_powf(&self, p: f64) -> Self {
        Self(self.0.abs().unwrap().powf(p).unwrap())
    }

    fn stop_gradient(&self) -> Self {
        Self(self.0.detach())
    }
}

macro_rules! operator {
    ($($name:ident $method:ident),*) => {$(
        impl $name for Traced {
            type Output = Self;
            fn $method(self, other: Self) -> Self {
                Self($name::$method(self.0, other.0).unwrap())
            }
        }
    )*};
}

operator![Add add, Sub sub, Mul mul];

impl Neg for Traced {
    type Output = Self;
    fn neg(self) -> Self {
        Self(self.0.neg().unwrap())
    }
}
