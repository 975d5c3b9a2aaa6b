/// What holds the weights after each step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Constraint {
    /// Nothing.
    #[default]
    None,
    /// Every unit's weights are projected to norm one.
    UnitNorm,
}
