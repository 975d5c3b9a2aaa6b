//! Running error analysis: numbers with the error bound of their f32 computation.

use crate::formula::{Binary, Formula, Unary};
use std::ops::{Add, Mul, Neg, Sub};

/// The spacing of f32 at one.
const EPSILON: f64 = f32::EPSILON as f64;

/// Permitted roundings of a library's exp, tanh, power or division.
const LIBRARY: f64 = 16.0;

/// A number and the error bound of its f32 computation, the tolerance of every comparison.
///
/// Operations propagate the bound (running error analysis), so it scales with the number and the size of the summed
/// terms. A computation without rounding in f32, in any order, has the bound zero.
///
/// ```
/// use hebb_core::testing::Bounded;
///
/// let exact = Bounded::sum([1.5, 2.0, -0.25].map(Bounded::exact));
/// assert!(exact.admits(3.25) && !exact.admits(3.2500002));
/// let thirds = Bounded::sum([1.0 / 3.0; 100].map(Bounded::exact));
/// assert!(thirds.admits(33.33334) && !thirds.admits(33.334));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bounded {
    /// The value in f64.
    pub value: f64,
    /// The largest permitted distance.
    pub error: f64,
}

impl Bounded {
    /// A number without error.
    pub const fn exact(value: f64) -> Self {
        Self { value, error: 0.0 }
    }

    /// The result of one operation, rounded to f32 unless it is representable.
    pub fn rounded(value: f64, error: f64) -> Self {
        let representable = f64::from(value as f32) == value;
        let rounding = if error == 0.0 && representable {
            0.0
        } else {
            EPSILON * value.abs()
        };
        Self {
            value,
            error: error + rounding,
        }
        .flushed()
    }

    /// The number, which a device may flush to zero if it may be smaller than the smallest normal number.
    pub fn flushed(self) -> Self {
        let size = self.value.abs();
        let lost = if size - self.error < f64::from(f32::MIN_POSITIVE) {
            size
        } else {
            0.0
        };
        Self {
            error: self.error + lost,
            ..self
        }
    }

    /// The sum of terms, in any order and grouping.
    pub fn sum(terms: impl IntoIterator<Item = Self>) -> Self {
        let (mut sum, mut size, mut count) = (Self::default(), 0.0, 0.0);
        let mut grid = i32::MAX;
        for term in terms {
            sum.value += term.value;
            sum.error += term.error;
            size += term.value.abs();
            count += 1.0;
            grid = grid.min(lowest_bit(term.value));
        }
        // Sums of multiples of one power of two that fit the significand are exact.
        let exact = sum.error == 0.0 && size < 2f64.powi(grid.saturating_add(24).min(1000));
        if !exact {
            sum.error += count * EPSILON * size;
        }
        sum
    }

    /// Returns true if an f32 result lies within the bound.
    pub fn admits(self, found: f32) -> bool {
        let distance = (f64::from(found) - self.value).abs();
        // Devices may flush subnormal numbers to zero.
        distance <= self.error + f64::from(f32::MIN_POSITIVE)
    }

    /// The results of a function of several numbers, each input perturbed within its bound and `slack` roundings.
    ///
    /// With a slack of zero the function itself is exact.
    pub fn through(inputs: &[Self], slack: f64, function: impl Fn(&[f64]) -> Vec<f64>) -> Vec<Self> {
        let mut values: Vec<f64> = inputs.iter().map(|input| input.value).collect();
        let centre = function(&values);
        let mut errors = vec![0.0; centre.len()];
        for (index, input) in inputs.iter().enumerate() {
            // Twice the bound, so that two inputs that approach each other change their order.
            let reach = 2.0 * input.error + slack * EPSILON * input.value.abs();
            if reach == 0.0 {
                continue;
            }
            values[index] = input.value + reach;
            let above = function(&values);
            values[index] = input.value - reach;
            let below = function(&values);
            values[index] = input.value;
            for (output, error) in errors.iter_mut().enumerate() {
                let moved = |to: &[f64]| (to[output] - centre[output]).abs();
                *error += moved(&above).max(moved(&below));
            }
        }
        let rounding = if slack == 0.0 { 0.0 } else { LIBRARY * EPSILON };
        let bounded = |(value, error): (f64, f64)| Self {
            value,
            error: error + rounding * value.abs(),
        };
        centre.into_iter().zip(errors).map(bounded).collect()
    }

    /// A formula's value at these operands.
    pub fn evaluate(formula: &Formula, operands: &[Self]) -> Self {
        match formula {
            Formula::Operand(position) => operands[*position],
            Formula::Constant(value) => Self::exact(f64::from(*value)),
            Formula::Unary(function, a) => Self::evaluate(a, operands).apply(*function),
            Formula::Binary(function, a, b) => {
                let (a, b) = (Self::evaluate(a, operands), Self::evaluate(b, operands));
                a.combine(*function, b)
            }
        }
    }

    fn apply(self, function: Unary) -> Self {
        let slack = match function {
            Unary::Neg | Unary::Abs | Unary::Sign | Unary::Positive => 0.0,
            Unary::Tanh | Unary::Exp | Unary::Sqrt | Unary::Recip => 1.0,
        };
        Self::through(&[self], slack, |v| vec![function.of(v[0])])[0]
    }

    fn combine(self, function: Binary, other: Self) -> Self {
        match function {
            Binary::Add => self + other,
            Binary::Sub => self - other,
            Binary::Mul => self * other,
            Binary::Max => Self::through(&[self, other], 0.0, |v| vec![v[0].max(v[1])])[0],
            Binary::Pow => Self::through(&[self, other], 1.0, |v| vec![function.of(v[0], v[1])])[0],
        }
    }
}

impl Add for Bounded {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self::rounded(self.value + other.value, self.error + other.error)
    }
}

impl Sub for Bounded {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Bounded {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let moved = self.value.abs() * other.error + other.value.abs() * self.error;
        Self::rounded(self.value * other.value, moved + self.error * other.error)
    }
}

impl Neg for Bounded {
    type Output = Self;
    fn neg(self) -> Self {
        Self {
            value: -self.value,
            ..self
        }
    }
}

/// The exponent of the lowest set bit; the largest possible for zero, which is a multiple of every power of two.
fn lowest_bit(value: f64) -> i32 {
    if value == 0.0 {
        return i32::MAX;
    }
    let bits = value.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32;
    let significand = (bits & ((1 << 52) - 1)) | (1 << 52);
    exponent - 1075 + significand.trailing_zeros() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_grows_with_the_number_and_the_size_of_the_terms() {
        let sum = |count: usize, term: f64| Bounded::sum(vec![Bounded::exact(term); count]).error;
        assert!(sum(200, 0.1) > 3.0 * sum(100, 0.1));
        assert!((sum(100, 0.2) / sum(100, 0.1) - 2.0).abs() < 1e-9);
        let cancelling = Bounded::sum([1e3 / 3.0, -1e3 / 3.0].map(Bounded::exact));
        assert!(cancelling.value == 0.0 && cancelling.error > 1e-5);
    }

    #[test]
    fn what_f32_does_exactly_must_be_exact() {
        let product = Bounded::exact(0.375) * Bounded::exact(-2.5);
        assert_eq!(product, Bounded::exact(-0.9375));
        assert!(Bounded::sum([2f64.powi(23), 0.25].map(Bounded::exact)).error > 0.0);
    }

    #[test]
    fn an_approximate_tie_widens_the_bound_of_both_units() {
        let tied = [Bounded::rounded(0.1, 1e-6), Bounded::rounded(0.1 + 1e-7, 1e-6)];
        let winner = |s: &[f64]| {
            if s[0] >= s[1] {
                vec![1.0, 0.0]
            } else {
                vec![0.0, 1.0]
            }
        };
        assert!(
            Bounded::through(&tied, 0.0, winner)
                .iter()
                .all(|y| y.error >= 1.0)
        );
        let distinct = [Bounded::rounded(0.1, 1e-6), Bounded::rounded(0.2, 1e-6)];
        assert!(
            Bounded::through(&distinct, 0.0, winner)
                .iter()
                .all(|y| y.error == 0.0)
        );
    }

    #[test]
    fn nothing_admits_a_result_that_is_not_a_number() {
        assert!(
            !Bounded {
                value: 0.0,
                error: 1e9
            }
            .admits(f32::NAN)
        );
    }
}
