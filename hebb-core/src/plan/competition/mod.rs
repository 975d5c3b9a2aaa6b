//! Competition over units: hard, k and soft winner-take-all, ranks and neighbourhoods.

mod lateral;
mod soft;
mod wins;

pub use lateral::{Neighbourhood, UnitGrid};

use crate::error::{Error, Result};
use crate::range::Range;

/// The competition, which gives the activity y that drives plasticity from the scores s = u − b of the units for one patch
/// (b: adaptive thresholds).
///
/// Ties go to the first index, so that exactly k units win.
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
        /// Number of winners, from 1 to N.
        k: usize,
        /// Sets a winner's activity to its score instead of 1.
        #[cfg_attr(feature = "serde", serde(default))]
        values: bool,
        /// Sets the activity of a winner without a positive score to 0, as in Miconi's code.
        #[cfg_attr(feature = "serde", serde(default))]
        positive: bool,
    },
    /// r = softmax(β s).
    SoftWta {
        /// β, positive: the inverse temperature.
        beta: f32,
    },
    /// r = softmax(β s), negated for all but the winner (SoftHebb: Moraitis et al. 2022).
    SignedSoftWta {
        /// β, positive.
        beta: f32,
    },
    /// z − r, the winner's one-hot code minus softmax(β s).
    WinnerResidual {
        /// β, positive.
        beta: f32,
    },
    /// 1 for the unit of rank 1, −delta for that of rank k, 0 for the others (Krotov and Hopfield 2019).
    RankCoded {
        /// The rank of the anti-Hebbian unit, from 2 to N.
        k: usize,
        /// Δ, the strength of its anti-Hebbian update; not negative.
        delta: f32,
    },
    /// h(i, c): the winner c and its neighbours on a grid (Kohonen 1982).
    Lateral {
        /// The grid of the N units.
        grid: UnitGrid,
        /// The neighbourhood function.
        kernel: Neighbourhood,
        /// Its width σ, positive, in steps of the grid.
        sigma: f32,
        /// The final width relative to the initial width, in (0, 1].
        #[cfg_attr(feature = "serde", serde(default = "one"))]
        shrink: f32,
    },
}

#[cfg(feature = "serde")]
fn one() -> f32 {
    1.0
}

impl Competition {
    /// The name and summary of every kind.
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
        ("soft-wta", "r = softmax(beta s)"),
        (
            "signed-soft-wta",
            "r = softmax(beta s), negative for all but the winner",
        ),
        (
            "winner-residual",
            "the winner's one-hot code less softmax(beta s)",
        ),
        (
            "rank-coded",
            "1 for the unit of rank 1, -delta for that of rank k, 0 for the others",
        ),
        (
            "lateral",
            "the winner and its neighbours on a grid, by a kernel of their distance",
        ),
    ];

    /// The k units with the largest scores, each with activity 1.
    pub const fn k_wta(k: usize) -> Self {
        Self::KWta {
            k,
            values: false,
            positive: false,
        }
    }

    /// The largest number of winners per patch; `None` if unlimited.
    pub fn winners(&self) -> Option<usize> {
        match *self {
            Self::HardWta => Some(1),
            Self::KWta { k, .. } => Some(k),
            _ => None,
        }
    }

    /// y of one patch: the scalar definition for every backend.
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
            Self::SoftWta { beta } => soft::softmax(f64::from(beta), scores, activity),
            Self::SignedSoftWta { beta } => soft::signed(f64::from(beta), scores, activity),
            Self::WinnerResidual { beta } => soft::residual(f64::from(beta), scores, activity),
            Self::RankCoded { k, delta } => soft::rank_coded(k, f64::from(delta), scores, activity),
            Self::Lateral {
                grid, kernel, sigma, ..
            } => {
                let winner = winner(scores).unwrap_or_default();
                let h = |unit| kernel.of(grid.distance_squared(unit, winner), f64::from(sigma));
                activity.iter_mut().enumerate().for_each(|(unit, y)| *y = h(unit));
            }
        }
    }

    /// The competition at training progress `done`, from 0 to 1: a neighbourhood shrinks geometrically.
    #[must_use]
    pub fn at(self, done: f32) -> Self {
        match self {
            Self::Lateral {
                grid,
                kernel,
                sigma,
                shrink,
            } => Self::Lateral {
                grid,
                kernel,
                sigma: sigma * shrink.powf(done),
                shrink,
            },
            other => other,
        }
    }

    pub(crate) fn check(&self, units: usize) -> Result<()> {
        let refuse = |kind: &str, name: &str, value: &dyn ToString, range: String| {
            let owner = format!("competition {kind}");
            Err(Error::parameter(owner, name, value.to_string(), range))
        };
        let within = |low: usize| format!("from {low} to {units}, the number of units");
        match *self {
            Self::KWta { k, .. } if k == 0 || k > units => refuse("k-wta", "k", &k, within(1)),
            Self::RankCoded { k, .. } if k < 2 || k > units => refuse("rank-coded", "k", &k, within(2)),
            Self::RankCoded { delta, .. } => {
                Range::NotNegative.check("competition rank-coded", "delta", delta)
            }
            Self::SoftWta { beta } | Self::SignedSoftWta { beta } | Self::WinnerResidual { beta } => {
                Range::Positive.check("competition with softmax", "beta", beta)
            }
            Self::Lateral { grid, .. } if grid.units() != Some(units) => {
                let sides = format!("{:?}", grid.0);
                refuse(
                    "lateral",
                    "grid",
                    &sides,
                    format!("a grid of {units} places, one for each unit"),
                )
            }
            Self::Lateral { sigma, shrink, .. } => {
                Range::Positive.check("competition lateral", "sigma", sigma)?;
                Range::UpToOne.check("competition lateral", "shrink", shrink)
            }
            Self::None | Self::HardWta | Self::KWta { .. } => Ok(()),
        }
    }
}

/// The `k` units with the largest scores in descending order; of equal scores the first index comes first.
fn ranked(scores: &[f64], k: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    let rank = |&a: &usize, &b: &usize| scores[b].total_cmp(&scores[a]).then(a.cmp(&b));
    // Few of many units are asked for, so that a selection comes before the sort.
    if k < order.len() {
        order.select_nth_unstable_by(k, rank);
        order.truncate(k);
    }
    order.sort_unstable_by(rank);
    order
}

/// The first unit with the largest score.
fn winner(scores: &[f64]) -> Option<usize> {
    ranked(scores, 1).first().copied()
}

fn k_winners(scores: &[f64], activity: &mut [f64], k: usize, value: impl Fn(f64) -> f64) {
    activity.fill(0.0);
    for winner in ranked(scores, k) {
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
    fn softmax_sums_to_one_whatever_the_scores() {
        let r = compete(Competition::SoftWta { beta: 2.0 }, &[1000.0, 1000.0, -1000.0]);
        assert_eq!(r, [0.5, 0.5, 0.0]);
        let signed = compete(Competition::SignedSoftWta { beta: 1.0 }, &[0.0, 0.0]);
        assert_eq!(signed, [0.5, -0.5]);
        let residual = compete(Competition::WinnerResidual { beta: 1.0 }, &[0.0, 0.0]);
        assert_eq!(residual, [0.5, -0.5]);
    }

    #[test]
    fn ranks_decide_whom_krotov_pushes_away() {
        let ranked = Competition::RankCoded { k: 2, delta: 0.4 };
        let pushed = -f64::from(0.4f32);
        assert_eq!(compete(ranked, &[1.0, 3.0, 2.0, 3.0]), [0.0, 1.0, 0.0, pushed]);
    }

    #[test]
    fn the_first_ranks_are_those_of_a_stable_sort() {
        let scores: [f64; 8] = [2.0, -1.0, 3.0, 2.0, 3.0, -0.0, 0.0, 2.0];
        let mut sorted: Vec<usize> = (0..scores.len()).collect();
        sorted.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        for k in 0..=scores.len() {
            assert_eq!(ranked(&scores, k), sorted[..k], "k = {k}");
        }
    }

    #[test]
    fn neighbours_on_the_grid_learn_with_the_winner() {
        let lateral = |kernel| Competition::Lateral {
            grid: UnitGrid([1, 2, 3]),
            kernel,
            sigma: 1.0,
            shrink: 0.25,
        };
        let h = compete(lateral(Neighbourhood::Gauss), &[0.0, 0.0, 0.0, 0.0, 9.0, 0.0]);
        let near = (-0.5f64).exp();
        assert_eq!(h, [(-1.0f64).exp(), near, (-1.0f64).exp(), near, 1.0, near]);
        let far = compete(
            lateral(Neighbourhood::DifferenceOfExponentials),
            &[9.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        );
        assert!(far[0] == 1.0 && far[5] < 0.0, "{far:?}");
        assert!(
            matches!(lateral(Neighbourhood::Gauss).at(0.5), Competition::Lateral { sigma, .. } if sigma == 0.5)
        );
        assert!(
            lateral(Neighbourhood::Gauss)
                .check(5)
                .unwrap_err()
                .to_string()
                .contains("5 places")
        );
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
