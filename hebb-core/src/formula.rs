//! Scalar formulas as data, which a backend evaluates at each element of a matrix.

use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};

/// A scalar formula over the quantities of one patch and one unit.
///
/// It is data, so that a backend can fuse it into its own loops or compile it for a device.
///
/// ```
/// use hebb_core::formula::Formula;
///
/// let factor = Formula::Activity * (Formula::Activity - Formula::State(0));
/// assert_eq!(factor.to_string(), "y * (y - s0)");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Formula {
    /// y, the activity that drives plasticity: the result of the competition.
    Activity,
    /// u, the similarity of the patch to the unit's weights.
    Similarity,
    /// t, the teacher's signal.
    Teacher,
    /// The unit's state of this index, in the order in which the rule declares them.
    State(usize),
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

/// The values that a formula is evaluated on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Variables<'a> {
    /// y.
    pub activity: f64,
    /// u.
    pub similarity: f64,
    /// t.
    pub teacher: f64,
    /// The unit's states.
    pub states: &'a [f64],
}

impl Formula {
    /// A function of this formula.
    pub fn apply(self, function: Unary) -> Self {
        Self::Unary(function, Box::new(self))
    }

    /// The larger of two formulas.
    pub fn max(self, other: Self) -> Self {
        Self::Binary(Binary::Max, Box::new(self), Box::new(other))
    }

    /// |v|^w of two formulas v and w.
    pub fn pow(self, exponent: Self) -> Self {
        Self::Binary(Binary::Pow, Box::new(self), Box::new(exponent))
    }

    /// 1 where the formula is positive, else 0.
    pub fn positive(self) -> Self {
        self.apply(Unary::Positive)
    }

    /// The formula's value.
    ///
    /// A state that `variables` does not hold counts as NaN, so that a mistake cannot pass for a number.
    pub fn value(&self, variables: &Variables<'_>) -> f64 {
        match self {
            Self::Activity => variables.activity,
            Self::Similarity => variables.similarity,
            Self::Teacher => variables.teacher,
            Self::State(index) => variables.states.get(*index).copied().unwrap_or(f64::NAN),
            Self::Constant(value) => f64::from(*value),
            Self::Unary(function, a) => function.of(a.value(variables)),
            Self::Binary(function, a, b) => function.of(a.value(variables), b.value(variables)),
        }
    }

    /// Whether `found` holds for this formula or for a part of it.
    pub fn any(&self, found: &dyn Fn(&Formula) -> bool) -> bool {
        found(self)
            || match self {
                Self::Unary(_, a) => a.any(found),
                Self::Binary(_, a, b) => a.any(found) || b.any(found),
                _ => false,
            }
    }

    /// How many states the formula refers to: one more than the largest index.
    pub fn states(&self) -> usize {
        match self {
            Self::State(index) => index + 1,
            Self::Unary(_, a) => a.states(),
            Self::Binary(_, a, b) => a.states().max(b.states()),
            _ => 0,
        }
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

impl Add for Formula {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::Binary(Binary::Add, Box::new(self), Box::new(other))
    }
}

impl Sub for Formula {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self::Binary(Binary::Sub, Box::new(self), Box::new(other))
    }
}

impl Mul for Formula {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        Self::Binary(Binary::Mul, Box::new(self), Box::new(other))
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
        match self {
            Self::Activity => write!(f, "y"),
            Self::Similarity => write!(f, "u"),
            Self::Teacher => write!(f, "t"),
            Self::State(index) => write!(f, "s{index}"),
            Self::Constant(value) => write!(f, "{value}"),
            Self::Unary(Unary::Neg, a) => write!(f, "-{}", Operand(a)),
            Self::Unary(function, a) => write!(f, "{}({a})", format!("{function:?}").to_lowercase()),
            Self::Binary(Binary::Max, a, b) => write!(f, "max({a}, {b})"),
            Self::Binary(Binary::Pow, a, b) => write!(f, "pow({a}, {b})"),
            Self::Binary(function, a, b) => {
                let sign = match function {
                    Binary::Add => "+",
                    Binary::Sub => "-",
                    _ => "*",
                };
                write!(f, "{} {sign} {}", Operand(a), Operand(b))
            }
        }
    }
}

/// A part of a formula, in brackets unless it is one word.
struct Operand<'a>(&'a Formula);

impl fmt::Display for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Formula::Binary(Binary::Add | Binary::Sub | Binary::Mul, ..) => write!(f, "({})", self.0),
            _ => write!(f, "{}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_evaluated_as_it_is_written() {
        let expr = Formula::Activity * (Formula::Activity - Formula::State(0))
            + (-Formula::Similarity).apply(Unary::Abs);
        let variables = Variables {
            activity: 3.0,
            similarity: -2.0,
            teacher: 0.0,
            states: &[1.0],
        };
        assert_eq!(expr.value(&variables), 8.0);
        assert_eq!(expr.to_string(), "(y * (y - s0)) + abs(-u)");
        assert_eq!(expr.states(), 1);
    }

    #[test]
    fn a_missing_state_is_not_a_number() {
        assert!(Formula::State(1).value(&Variables::default()).is_nan());
    }
}
