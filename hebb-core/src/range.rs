//! Ranges of numbers, checked with an error that names the owner, the number and the range.

use crate::error::{Error, Result};

/// A range of finite numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Range {
    /// (0, ∞).
    Positive,
    /// [0, ∞).
    NotNegative,
    /// (0, 1].
    UpToOne,
    /// [0, 1).
    BelowOne,
    /// [0, 1].
    Share,
    /// (1, ∞).
    AboveOne,
}

impl Range {
    /// Checks the number `name` of `owner`.
    ///
    /// # Errors
    /// [`Error::Parameter`] outside the range.
    pub(crate) fn check(
        self,
        owner: &str,
        name: &str,
        value: impl Into<f64> + ToString + Copy,
    ) -> Result<()> {
        let number = value.into();
        let (fits, text) = match self {
            Self::Positive => (number > 0.0, "more than 0 and finite"),
            Self::NotNegative => (number >= 0.0, "at least 0 and finite"),
            Self::UpToOne => (number > 0.0 && number <= 1.0, "more than 0 and at most 1"),
            Self::BelowOne => ((0.0..1.0).contains(&number), "at least 0 and less than 1"),
            Self::Share => ((0.0..=1.0).contains(&number), "from 0 to 1"),
            Self::AboveOne => (number > 1.0, "more than 1 and finite"),
        };
        match fits && number.is_finite() {
            true => Ok(()),
            false => Err(Error::parameter(owner, name, value, text)),
        }
    }
}

/// Checks that a count of `owner` is not zero.
///
/// # Errors
/// [`Error::Parameter`] for zero.
pub(crate) fn at_least_one(owner: &str, name: &str, count: impl TryInto<u64>) -> Result<()> {
    match count.try_into() {
        Ok(0) => Err(Error::parameter(owner, name, 0, "at least 1")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_belong_to_a_range_as_its_words_say() {
        let fits = |range: Range| [0.0, 1.0].map(|end: f64| range.check("owner", "name", end).is_ok());
        assert_eq!(fits(Range::Positive), [false, true]);
        assert_eq!(fits(Range::NotNegative), [true, true]);
        assert_eq!(fits(Range::UpToOne), [false, true]);
        assert_eq!(fits(Range::BelowOne), [true, false]);
        assert_eq!(fits(Range::Share), [true, true]);
        assert_eq!(fits(Range::AboveOne), [false, false]);
        for value in [f32::NAN, f32::INFINITY, -1.0] {
            let message = Range::NotNegative
                .check("owner", "name", value)
                .unwrap_err()
                .to_string();
            assert_eq!(
                message,
                format!("owner: name = {value} is out of range; it must be at least 0 and finite")
            );
        }
        assert!(
            at_least_one("owner", "name", 1usize).is_ok() && at_least_one("owner", "name", 0u64).is_err()
        );
    }
}
