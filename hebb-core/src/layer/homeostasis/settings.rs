//! Configuration of the homeostats, and their conflicts with other choices.

use crate::error::{Error, Result};
use crate::plan::{Competition, Constraint, Output};
use crate::range::{Range, at_least_one};

/// Adaptive thresholds b_i ← b_i + rate·(win rate of the unit − target). Units compete on u − b.
///
/// Source: Miconi 2021 (arXiv 2107.01729).
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Thresholds {
    /// The rate μ, at least 0.
    pub rate: f32,
    /// Target win rate of each unit, from 0 to 1. Default: winners/N.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub target: Option<f32>,
}

/// Conscience: thresholds strength·(p_i − fair share), where p_i ← p_i + rate·(win rate in the batch − p_i).
///
/// Source: DeSieno 1988, IEEE International Conference on Neural Networks. There wins are counted before the thresholds
/// apply; here the units that learn are counted.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Conscience {
    /// Rate of the moving average p, in (0, 1].
    pub rate: f32,
    /// Strength of the thresholds, positive.
    pub strength: f32,
}

/// Synaptic scaling: w_i ← w_i·exp(rate·(target − mean |y_i| over the batch)).
///
/// Source: van Rossum, Bi and Turrigiano 2000, Journal of Neuroscience 20, whose rule is its first-order expansion.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct SynapticScaling {
    /// The rate, positive.
    pub rate: f32,
    /// Target of the mean |y| of every unit, positive.
    pub target: f32,
}

/// Re-seeding of dead units: a unit without a win for `patience` batches is set to a poorly represented patch of the batch.
///
/// One unit per batch, the one inactive for the longest time; the patch has the smallest maximum cosine with any unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Reseed {
    /// Batches without a win after which a unit is dead, at least 1.
    pub patience: u64,
}

/// The homeostats of a layer.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::layer) struct Homeostats {
    pub(in crate::layer) thresholds: Option<Thresholds>,
    pub(in crate::layer) conscience: Option<Conscience>,
    pub(in crate::layer) random_abstention: bool,
    pub(in crate::layer) scaling: Option<SynapticScaling>,
    pub(in crate::layer) reseed: Option<Reseed>,
}

impl Homeostats {
    /// Checks the numbers, and the homeostats against each other and against the layer's other choices.
    pub(in crate::layer) fn check(
        &self,
        competition: &Competition,
        output: Output,
        constraint: Constraint,
    ) -> Result<()> {
        self.check_numbers()?;
        match self.conflict(competition, output, constraint) {
            Some(([first, second], reason)) => refuse(&first, second, reason),
            None => Ok(()),
        }
    }

    /// The first two choices that exclude each other, with the reason and the remedy.
    fn conflict(
        &self,
        competition: &Competition,
        output: Output,
        constraint: Constraint,
    ) -> Option<([String; 2], &'static str)> {
        let on_competition = || format!("competition {}", competition.name());
        let without_winners = |homeostat| homeostat && *competition == Competition::None;
        let nobody = "no unit wins a patch; set a competition";
        let conflicts = [
            (
                self.thresholds.is_some() && self.conscience.is_some(),
                ("conscience", "thresholds".to_owned()),
                "both set the thresholds; keep one of them",
            ),
            (
                self.thresholds.is_some() && competition.shares_activity(),
                ("thresholds", on_competition()),
                "every unit is active at every patch, so that wins cannot be counted; use conscience, which weighs them",
            ),
            (
                without_winners(self.conscience.is_some()),
                ("conscience", on_competition()),
                nobody,
            ),
            (
                without_winners(self.random_abstention),
                ("random-abstention", on_competition()),
                nobody,
            ),
            (
                without_winners(self.reseed.is_some()),
                ("reseed", on_competition()),
                nobody,
            ),
            (
                self.random_abstention && matches!(output, Output::Triangle { .. }),
                ("random-abstention", "output triangle".to_owned()),
                "its mean is over the scores, and a unit that abstains has none; use output relu or raw",
            ),
            (
                self.scaling.is_some() && constraint == Constraint::UnitNorm,
                ("synaptic-scaling", "constraint unit-norm".to_owned()),
                "the norm that one sets is undone by the other; keep one of them",
            ),
        ];
        let conflict = conflicts.into_iter().find(|(conflict, ..)| *conflict);
        conflict.map(|(_, (first, second), reason)| ([first.to_owned(), second], reason))
    }

    fn check_numbers(&self) -> Result<()> {
        if let Some(Thresholds { rate, target }) = self.thresholds {
            Range::NotNegative.check("layer", "thresholds.rate", rate)?;
            Range::Share.check("layer", "thresholds.target", target.unwrap_or(0.5))?;
        }
        if let Some(Conscience { rate, strength }) = self.conscience {
            Range::UpToOne.check("layer", "conscience.rate", rate)?;
            Range::Positive.check("layer", "conscience.strength", strength)?;
        }
        if let Some(SynapticScaling { rate, target }) = self.scaling {
            Range::Positive.check("layer", "synaptic-scaling.rate", rate)?;
            Range::Positive.check("layer", "synaptic-scaling.target", target)?;
        }
        self.reseed.map_or(Ok(()), |reseed| {
            at_least_one("layer", "reseed.patience", reseed.patience)
        })
    }
}

fn refuse(first: &str, second: String, reason: &str) -> Result<()> {
    Err(Error::Incompatible {
        first: first.to_owned(),
        second,
        reason: reason.to_owned(),
    })
}
