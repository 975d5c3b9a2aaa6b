//! Scalar formulas as data, which a backend evaluates at each element of a matrix.

use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};

/// A scalar formula over operands that are known by their position.
///
/// It is data, so that a backend can fuse it into its own loops or compile it for a device. Every call that evaluates a
/// formula gets the operands along with it; a closure names them where the formula is built.
///
/// ```
/// use hebb_core::formula::Formula;
///
/// let momentum = Formula::of(|[m, g]| m * 0.9 + g);
/// assert_eq!(momentum.to_string(), "(x0 * 0.9) + x1");
/// assert_eq!(momentum.display(&["m", "g"]).to_string(), "(m * 0.9) + g");
/// assert_eq!(momentum.value(&[2.0, 1.0]), 0.9f32 as f64 * 2.0 + 1.0);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    /// The operand at this position.
    Operand(usize),
    /// A number.
    Constant(f32),
    /// A function of one formula.
    Unary(Unary, Box<Formula>),
    /// A function of two formulas.
    Binary(Binary, Box<Formula>, Box<Formula>),
}

/// Functions of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unary {
    /// −v.
    Neg,
    /// |v|.
    Abs,
    /// −1, 0 or 1.
    Sign,
    /// 1 where v > 0, else 0.
    Positive,
    /// tanh v.
    Tanh,
    /// e^v.
    Exp,
    /// √v.
    Sqrt,
    /// 1/v.
    Recip,
}

/// Functions of two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    /// v + w.
    Add,
    /// v − w.
    Sub,
    /// v·w.
    Mul,
    /// The larger value.
    Max,
    /// |v|^w.
    Pow,
}

impl Formula {
    /// The formula that a function makes of its first N operands.
    pub fn of<const N: usize>(formula: impl FnOnce([Self; N]) -> Self) -> Self {
        formula(std::array::from_fn(Self::Operand))
    }

    /// A function of this formula.
    pub fn apply(self, function: Unary) -> Self {
        Self::Unary(function, Box::new(self))
    }

    /// The larger of two formulas.
    pub fn max(self, other: impl Into<Self>) -> Self {
        Self::binary(Binary::Max, self, other)
    }

    /// |v|^w of two formulas v and w.
    pub fn pow(self, exponent: impl Into<Self>) -> Self {
        Self::binary(Binary::Pow, self, exponent)
    }

    /// 1 where the formula is positive, else 0.
    pub fn positive(self) -> Self {
        self.apply(Unary::Positive)
    }

    /// |v|.
    pub fn abs(self) -> Self {
        self.apply(Unary::Abs)
    }

    /// √v.
    pub fn sqrt(self) -> Self {
        self.apply(Unary::Sqrt)
    }

    /// 1/v.
    pub fn recip(self) -> Self {
        self.apply(Unary::Recip)
    }

    /// e^v.
    pub fn exp(self) -> Self {
        self.apply(Unary::Exp)
    }

    fn binary(function: Binary, left: Self, right: impl Into<Self>) -> Self {
        Self::Binary(function, Box::new(left), Box::new(right.into()))
    }

    /// The formula's value at these operands.
    ///
    /// An operand that is missing counts as NaN, so that a mistake cannot pass for a number.
    pub fn value(&self, operands: &[f64]) -> f64 {
        match self {
            Self::Operand(position) => operands.get(*position).copied().unwrap_or(f64::NAN),
            Self::Constant(value) => f64::from(*value),
            Self::Unary(function, a) => function.of(a.value(operands)),
            Self::Binary(function, a, b) => function.of(a.value(operands), b.value(operands)),
        }
    }

    /// Returns true if the formula names the operand at this position.
    pub fn names(&self, position: usize) -> bool {
        match self {
            Self::Operand(own) => *own == position,
            Self::Constant(_) => false,
            Self::Unary(_, a) => a.names(position),
            Self::Binary(_, a, b) => a.names(position) || b.names(position),
        }
    }

    /// Number of operands: one more than the largest position named.
    pub fn operands(&self) -> usize {
        match self {
            Self::Operand(position) => position + 1,
            Self::Constant(_) => 0,
            Self::Unary(_, a) => a.operands(),
            Self::Binary(_, a, b) => a.operands().max(b.operands()),
        }
    }

    /// The formula with these names for its operands, in order; those beyond print as x and their position.
    pub fn display<'a>(&'a self, names: &'a [&'a str]) -> impl fmt::Display + 'a {
        Named(self, names)
    }
}

impl Unary {
    /// The function's value.
    pub fn of(self, v: f64) -> f64 {
        match self {
            Self::Neg => -v,
            Self::Abs => v.abs(),
            Self::Sign if v == 0.0 => 0.0,
            Self::Sign => v.signum(),
            Self::Positive => f64::from(u8::from(v > 0.0)),
            Self::Tanh => v.tanh(),
            Self::Exp => v.exp(),
            Self::Sqrt => v.sqrt(),
            Self::Recip => v.recip(),
        }
    }
}

impl Binary {
    /// The function's value.
    pub fn of(self, v: f64, w: f64) -> f64 {
        match self {
            Self::Add => v + w,
            Self::Sub => v - w,
            Self::Mul => v * w,
            Self::Max => v.max(w),
            Self::Pow => v.abs().powf(w),
        }
    }
}

impl From<f32> for Formula {
    fn from(value: f32) -> Self {
        Self::Constant(value)
    }
}

impl<F: Into<Formula>> Add<F> for Formula {
    type Output = Self;
    fn add(self, other: F) -> Self {
        Self::binary(Binary::Add, self, other)
    }
}

impl<F: Into<Formula>> Sub<F> for Formula {
    type Output = Self;
    fn sub(self, other: F) -> Self {
        Self::binary(Binary::Sub, self, other)
    }
}

impl<F: Into<Formula>> Mul<F> for Formula {
    type Output = Self;
    fn mul(self, other: F) -> Self {
        Self::binary(Binary::Mul, self, other)
    }
}

impl Neg for Formula {
    type Output = Self;
    fn neg(self) -> Self {
        self.apply(Unary::Neg)
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Named(self, &[]).fmt(f)
    }
}

/// A formula with the names of its operands.
struct Named<'a>(&'a Formula, &'a [&'a str]);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(formula, names) = *self;
        let part = |part| Named(part, names);
        match formula {
            Formula::Operand(position) => match names.get(*position) {
                Some(name) => write!(f, "{name}"),
                None => write!(f, "x{position}"),
            },
            Formula::Constant(value) => write!(f, "{value}"),
            Formula::Unary(Unary::Neg, a) => write!(f, "-{}", Bracketed(part(a))),
            Formula::Unary(function, a) => {
                write!(f, "{}({})", format!("{function:?}").to_lowercase(), part(a))
            }
            Formula::Binary(Binary::Max, a, b) => write!(f, "max({}, {})", part(a), part(b)),
            Formula::Binary(Binary::Pow, a, b) => write!(f, "pow({}, {})", part(a), part(b)),
            Formula::Binary(function, a, b) => {
                let sign = match function {
                    Binary::Add => "+",
                    Binary::Sub => "-",
                    _ => "*",
                };
                write!(f, "{} {sign} {}", Bracketed(part(a)), Bracketed(part(b)))
            }
        }
    }
}

/// A part of a formula, in brackets unless it is one word.
struct Bracketed<'a>(Named<'a>);

impl fmt::Display for Bracketed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.0 {
            Formula::Binary(Binary::Add | Binary::Sub | Binary::Mul, ..) => write!(f, "({})", self.0),
            _ => write!(f, "{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_evaluated_and_printed_as_it_is_written() {
        let formula = Formula::of(|[y, u, s]| y.clone() * (y - s) + (-u).abs());
        assert_eq!(formula.value(&[3.0, -2.0, 1.0]), 8.0);
        let printed = formula.display(&["y", "u"]).to_string();
        assert_eq!(printed, "(y * (y - x2)) + abs(-u)");
        assert_eq!(formula.operands(), 3);
        assert!(formula.names(1) && !formula.names(3));
    }

    #[test]
    fn a_missing_operand_is_not_a_number() {
        assert!(Formula::Operand(1).value(&[0.0]).is_nan());
    }
}
