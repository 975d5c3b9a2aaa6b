//! Learning-rate schedules, counted in updates.

use crate::error::Result;
use crate::range::{Range, at_least_one};

/// A learning-rate schedule, counted in updates.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize),
    serde(tag = "kind", rename_all = "kebab-case")
)]
pub enum Schedule {
    /// A constant rate. An experiment file gives the number alone.
    Constant {
        /// The rate.
        rate: f32,
    },
    /// rate·factor^⌊updates / every⌋.
    Step {
        /// The initial rate.
        rate: f32,
        /// Updates between changes.
        every: u64,
        /// Factor of the rate at each change.
        factor: f32,
    },
    /// rate·factor^updates.
    Exponential {
        /// The initial rate.
        rate: f32,
        /// Factor of the rate at each update.
        factor: f32,
    },
    /// rate·(1 + cos(π·updates/over))/2, then 0.
    Cosine {
        /// The initial rate.
        rate: f32,
        /// Updates until the rate is zero.
        over: u64,
    },
    /// rate·(1 − updates/over), then 0.
    Linear {
        /// The initial rate.
        rate: f32,
        /// Updates until the rate is zero.
        over: u64,
    },
}

impl Default for Schedule {
    /// A constant 0.001.
    fn default() -> Self {
        Self::Constant { rate: 1e-3 }
    }
}

impl From<f32> for Schedule {
    fn from(rate: f32) -> Self {
        Self::Constant { rate }
    }
}

impl Schedule {
    /// The rate after `updates` updates.
    pub fn rate(&self, updates: u64) -> f32 {
        let progress = |over: u64| (updates as f64 / over.max(1) as f64).min(1.0);
        match *self {
            Self::Constant { rate } => rate,
            Self::Step { rate, every, factor } => {
                (f64::from(rate) * f64::from(factor).powf((updates / every.max(1)) as f64)) as f32
            }
            Self::Exponential { rate, factor } => {
                (f64::from(rate) * f64::from(factor).powf(updates as f64)) as f32
            }
            Self::Cosine { rate, over } => {
                (f64::from(rate) * 0.5 * (1.0 + (std::f64::consts::PI * progress(over)).cos())) as f32
            }
            Self::Linear { rate, over } => (f64::from(rate) * (1.0 - progress(over))) as f32,
        }
    }

    pub(crate) fn check(&self) -> Result<()> {
        let (rate, factor, period) = match *self {
            Self::Constant { rate } => (rate, 1.0, 1),
            Self::Step { rate, every, factor } => (rate, factor, every),
            Self::Exponential { rate, factor } => (rate, factor, 1),
            Self::Cosine { rate, over } | Self::Linear { rate, over } => (rate, 1.0, over),
        };
        Range::NotNegative.check("learning-rate", "rate", rate)?;
        Range::UpToOne.check("learning-rate", "factor", factor)?;
        at_least_one("learning-rate", "every or over", period)
    }
}

#[cfg(feature = "serde")]
mod format {
    use super::Schedule;
    use serde::de::value::MapAccessDeserializer;
    use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
    use std::fmt;

    /// The table form; the number alone is the constant schedule.
    #[derive(serde::Deserialize)]
    #[serde(
        remote = "Schedule",
        tag = "kind",
        rename_all = "kebab-case",
        deny_unknown_fields
    )]
    enum Table {
        Constant { rate: f32 },
        Step { rate: f32, every: u64, factor: f32 },
        Exponential { rate: f32, factor: f32 },
        Cosine { rate: f32, over: u64 },
        Linear { rate: f32, over: u64 },
    }

    impl<'de> Deserialize<'de> for Schedule {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct ScheduleVisitor;
            impl<'de> Visitor<'de> for ScheduleVisitor {
                type Value = Schedule;
                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    write!(f, "a rate, or a table with `kind` and `rate`")
                }
                fn visit_f64<E: Error>(self, rate: f64) -> Result<Schedule, E> {
                    Ok(Schedule::Constant { rate: rate as f32 })
                }
                fn visit_i64<E: Error>(self, rate: i64) -> Result<Schedule, E> {
                    Ok(Schedule::Constant { rate: rate as f32 })
                }
                fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Schedule, A::Error> {
                    Table::deserialize(MapAccessDeserializer::new(map))
                }
            }
            deserializer.deserialize_any(ScheduleVisitor)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_start_at_their_rate_and_never_rise() {
        let all = [
            Schedule::Constant { rate: 0.5 },
            Schedule::Step {
                rate: 0.5,
                every: 3,
                factor: 0.1,
            },
            Schedule::Exponential {
                rate: 0.5,
                factor: 0.9,
            },
            Schedule::Cosine { rate: 0.5, over: 10 },
            Schedule::Linear { rate: 0.5, over: 10 },
        ];
        for schedule in all {
            assert_eq!(schedule.rate(0), 0.5, "{schedule:?}");
            assert!(
                (0..20).all(|n| schedule.rate(n + 1) <= schedule.rate(n)),
                "{schedule:?}"
            );
        }
        assert_eq!(all[1].rate(2), 0.5);
        assert!((all[1].rate(3) - 0.05).abs() < 1e-7);
        assert_eq!(all[3].rate(10), 0.0);
        assert_eq!(all[4].rate(5), 0.25);
    }

    #[test]
    fn a_rate_that_is_not_a_number_is_refused() {
        assert!(Schedule::Constant { rate: f32::NAN }.check().is_err());
        assert!(Schedule::Cosine { rate: 0.1, over: 0 }.check().is_err());
    }
}
