use crate::error::{Error, Result};

/// y, the activity that drives plasticity, from the scores s = u − b of one patch's units (b: adaptive thresholds).
///
/// Ties go to the first index; k winners are exactly k.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)
)]
pub enum Competition {
    /// y = s.
    #[default]
    None,
    /// y = 1 for the unit with the largest score, 0 for the others.
    HardWta,
    /// The k units with the largest scores win; the others have y = 0.
    KWta {
        /// Winners, from 1 to the number of units.
        k: usize,
        /// Whether a winner's activity is its score; otherwise it is 1.
        #[cfg_attr(feature = "serde", serde(default))]
        values: bool,
        /// Whether a winner whose score is not positive stays silent, as in Miconi's code.
        #[cfg_attr(feature = "serde", serde(default))]
        positive: bool,
    },
}

impl Competition {
    /// Every kind: its name and what it does.
    pub const KINDS: &[(&'static str, &'static str)] = &[
        ("none", "y = s, the similarity less the threshold"),
        (
            "hard-wta",
            "y = 1 for the unit with the largest score, 0 for the others",
        ),
        (
            "k-wta",
            "the k units with the largest scores win; y = 1 or, with `values`, the score",
        ),
    ];

    /// How many units may win a patch, if it is limited.
    pub fn winners(&self) -> Option<usize> {
        match *self {
            Self::None => None,
            Self::HardWta => Some(1),
            Self::KWta { k, .. } => Some(k),
        }
    }

    /// y of one patch: the scalar definition that every backend must meet.
    pub fn of(&self, scores: &[f64], activity: &mut [f64]) {
        match *self {
            Self::None => activity.copy_from_slice(scores),
            Self::HardWta => k_winners(scores, activity, 1, |_| 1.0),
            Self::KWta { k, values, positive } => k_winners(scores, activity, k, |score| {
                let silent = positive && score <= 0.0;
                if silent {
                    0.0
                } else if values {
                    score
                } else {
                    1.0
                }
            }),
        }
    }

    pub(crate) fn check(&self, units: usize) -> Result<()> {
        match *self {
            Self::KWta { k, .. } if k == 0 || k > units => Err(Error::parameter(
                "competition k-wta",
                "k",
                k,
                format!("from 1 to {units}, the number of units"),
            )),
            _ => Ok(()),
        }
    }
}

fn k_winners(scores: &[f64], activity: &mut [f64], k: usize, value: impl Fn(f64) -> f64) {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    // The sort is stable, so equal scores keep the order of their indices.
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    activity.fill(0.0);
    for &winner in order.iter().take(k) {
        activity[winner] = value(scores[winner]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compete(competition: Competition, scores: &[f64]) -> Vec<f64> {
        let mut activity = vec![f64::NAN; scores.len()];
        competition.of(scores, &mut activity);
        activity
    }

    #[test]
    fn ties_go_to_the_first_index() {
        assert_eq!(compete(Competition::HardWta, &[1.0, 3.0, 3.0]), [0.0, 1.0, 0.0]);
        let two = Competition::KWta {
            k: 2,
            values: false,
            positive: false,
        };
        assert_eq!(compete(two, &[2.0, 2.0, 2.0]), [1.0, 1.0, 0.0]);
    }

    #[test]
    fn winners_may_be_asked_to_be_positive() {
        let values = Competition::KWta {
            k: 2,
            values: true,
            positive: false,
        };
        assert_eq!(compete(values, &[-3.0, -1.0, 2.0]), [0.0, -1.0, 2.0]);
        let positive = Competition::KWta {
            k: 2,
            values: false,
            positive: true,
        };
        assert_eq!(compete(positive, &[-3.0, -1.0, 2.0]), [0.0, 0.0, 1.0]);
    }

    #[test]
    fn more_winners_than_units_are_refused() {
        let message = Competition::KWta {
            k: 5,
            values: false,
            positive: false,
        }
        .check(4)
        .unwrap_err()
        .to_string();
        assert_eq!(
            message,
            "competition k-wta: k = 5 is out of range; it must be from 1 to 4, the number of units"
        );
    }
}
