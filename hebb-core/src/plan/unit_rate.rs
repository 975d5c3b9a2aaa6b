//! Unit-specific learning rates.

use crate::error::Result;
use crate::formula::Formula;
use crate::range::Range;

/// The dependence of a unit's learning rate on its weights.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)
)]
pub enum UnitRate {
    /// One rate for all units.
    #[default]
    Same,
    /// rate·(| |w| − 1 | + 1e-10)^power: units learn until their norm is one (Journé et al. 2023, arXiv 2209.11883).
    NormDependent {
        /// The power, positive.
        power: f32,
    },
}

/// Offset of the distance of a norm from one, as in the authors' code.
const EPSILON: f32 = 1e-10;

impl UnitRate {
    /// The factor of a unit's rate as a formula of |w|² (operand 0); `None` for a factor of one.
    pub fn factor(&self) -> Option<Formula> {
        match *self {
            Self::Same => None,
            Self::NormDependent { power } => {
                let gap = Formula::Operand(0).sqrt() - Formula::Constant(1.0);
                let gap = gap.abs() + Formula::Constant(EPSILON);
                Some(gap.pow(Formula::Constant(power)))
            }
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        match *self {
            Self::NormDependent { power } => {
                Range::Positive.check("unit-rate norm-dependent", "power", power)
            }
            Self::Same => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_falls_to_zero_as_the_norm_comes_to_one() {
        let factor = UnitRate::NormDependent { power: 0.5 }.factor().unwrap();
        let of = |norm: f64| factor.value(&[norm * norm]);
        assert!((of(5.0) - 2.0).abs() < 1e-9 && (of(0.75) - 0.5).abs() < 1e-9);
        assert!((of(1.0) - 1e-5).abs() < 1e-9);
        assert!(UnitRate::Same.factor().is_none());
        assert!(UnitRate::NormDependent { power: 0.0 }.check().is_err());
    }
}
