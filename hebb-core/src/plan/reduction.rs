//! Reductions of the patches of a batch to one update.

/// The reduction of the patches of a batch to one update.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Reduction {
    /// The sum over patches (Miconi 2021).
    #[default]
    Sum,
    /// The mean over patches.
    Mean,
    /// For each unit, the sum divided by that of [`crate::rule::Lowering::weight`], by default Σ|y|. An inactive unit does
    /// not change (Amato et al. 2019).
    WeightedMean,
    /// The sum divided by its largest absolute entry, so that the largest step of a weight is the learning rate (Krotov and
    /// Hopfield 2019; Journé et al. 2023).
    MaxNormalized,
}

/// Lower bound of divisors, so that an update of zeros stays zero.
const SMALLEST: f64 = 1e-30;

impl Reduction {
    /// The factor of a unit's summed update, from the number of patches, the unit's Σ|y| and the largest absolute entry of
    /// the summed update.
    pub fn scale(&self, patches: usize, weight: f64, largest: f64) -> f64 {
        match self {
            Self::Sum => 1.0,
            Self::MaxNormalized => 1.0 / largest.max(SMALLEST),
            Self::Mean if patches == 0 => 0.0,
            Self::Mean => 1.0 / patches as f64,
            // A weight below the smallest normal number has no inverse in f32.
            Self::WeightedMean if weight > 0.0 => 1.0 / weight.max(f64::from(f32::MIN_POSITIVE)),
            Self::WeightedMean => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reduction_divides_by_what_its_name_says() {
        let scale = |reduction: Reduction| reduction.scale(8, 4.0, 2.0);
        let scales = [
            Reduction::Sum,
            Reduction::Mean,
            Reduction::WeightedMean,
            Reduction::MaxNormalized,
        ]
        .map(scale);
        assert_eq!(scales, [1.0, 1.0 / 8.0, 1.0 / 4.0, 1.0 / 2.0]);
    }

    #[test]
    fn an_empty_batch_and_a_silent_unit_change_nothing() {
        assert_eq!(Reduction::Mean.scale(0, 0.0, 0.0), 0.0);
        assert_eq!(Reduction::WeightedMean.scale(8, 0.0, 0.0), 0.0);
        assert!(Reduction::MaxNormalized.scale(8, 0.0, 0.0).is_finite());
    }
}
