//! Win counts per unit, recovered from the sums of a batch.

use super::Competition;

impl Competition {
    /// The kind's name in an experiment file.
    pub fn name(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::HardWta => "hard-wta",
            Self::KWta { .. } => "k-wta",
            Self::SoftWta { .. } => "soft-wta",
            Self::SignedSoftWta { .. } => "signed-soft-wta",
            Self::WinnerResidual { .. } => "winner-residual",
            Self::RankCoded { .. } => "rank-coded",
            Self::Lateral { .. } => "lateral",
        }
    }

    /// Returns true if units share each patch, so that a unit's wins are its share of Σ|y| instead of the count of y > 0.
    pub fn shares_activity(&self) -> bool {
        matches!(self, Self::SoftWta { .. } | Self::Lateral { .. })
    }

    /// The fraction of patches that each of `units` units wins if all win equally often; `None` without winners.
    pub fn fair_share(&self, units: usize) -> Option<f32> {
        match *self {
            Self::None => None,
            Self::KWta { k, .. } => Some(k as f32 / units as f32),
            _ => Some(1.0 / units as f32),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fair_shares_add_up_to_the_winners() {
        assert_eq!(Competition::k_wta(2).fair_share(8), Some(0.25));
        assert_eq!(
            Competition::SignedSoftWta { beta: 1.0 }.fair_share(8),
            Some(0.125)
        );
        assert_eq!(Competition::None.fair_share(8), None);
    }

    #[test]
    fn every_kind_is_listed_by_its_name() {
        let names: Vec<_> = Competition::KINDS.iter().map(|(name, _)| *name).collect();
        assert!(
            names.contains(&Competition::HardWta.name()) && names.contains(&Competition::k_wta(1).name())
        );
    }
}
