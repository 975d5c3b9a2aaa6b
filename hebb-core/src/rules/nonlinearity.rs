use crate::rule::{Differentiable, Formula, Unary, choices};

/// g, the nonlinearity of the independent-component rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nonlinearity {
    /// tanh v.
    Tanh,
    /// v³.
    Cube,
    /// max(0, v).
    Relu,
}

choices!(Nonlinearity { Tanh = "tanh", Cube = "cube", Relu = "relu" });

impl Nonlinearity {
    /// g of a formula.
    pub(super) fn of(self, v: Formula) -> Formula {
        match self {
            Self::Tanh => v.apply(Unary::Tanh),
            Self::Cube => v.clone() * v.clone() * v,
            Self::Relu => v.max(Formula::Constant(0.0)),
        }
    }

    /// g(v).
    pub(super) fn value(self, v: f64) -> f64 {
        match self {
            Self::Tanh => v.tanh(),
            Self::Cube => v * v * v,
            Self::Relu => v.max(0.0),
        }
    }

    /// G(v), with G' = g.
    pub(super) fn antiderivative<D: Differentiable>(self, v: &D) -> D {
        match self {
            Self::Tanh => (v.exp() + (-v.clone()).exp()).ln() - D::constant(std::f64::consts::LN_2),
            Self::Cube => D::constant(0.25) * v.clone() * v.clone() * v.clone() * v.clone(),
            Self::Relu if v.value() > 0.0 => D::constant(0.5) * v.clone() * v.clone(),
            Self::Relu => D::constant(0.0),
        }
    }
}
