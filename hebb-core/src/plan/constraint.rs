//! Constraints on the weights.

/// The constraint that every step restores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Constraint {
    /// No constraint.
    #[default]
    None,
    /// The weights of each unit are projected to norm one.
    UnitNorm,
}
