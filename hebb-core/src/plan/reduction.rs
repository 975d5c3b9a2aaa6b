/// How the patches of a batch are put together into one update.
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
    /// For each unit, the sum divided by Σ|y| of the unit; a silent unit does not change (Amato et al. 2019).
    WeightedMean,
}

impl Reduction {
    /// The number that the summed update of a unit is multiplied by, from the batch's patches and the unit's Σ|y|.
    pub fn scale(&self, patches: usize, weight: f64) -> f64 {
        match self {
            Self::Sum => 1.0,
            Self::Mean if patches == 0 => 0.0,
            Self::Mean => 1.0 / patches as f64,
            Self::WeightedMean if weight > 0.0 => 1.0 / weight,
            Self::WeightedMean => 0.0,
        }
    }
}
