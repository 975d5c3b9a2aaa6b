use super::{Competition, Constraint, Reduction, Similarity, UnitRate};

/// Choices that are independent of a rule, as its authors made them: what a layer takes where its configuration is
/// silent.
///
/// ```
/// use hebb_core::{rule::Params, rules};
///
/// let rule = rules::build("k-wta", &Params::default().with("k", 3.0))?;
/// assert_eq!(rule.setting(10).competition.winners(), Some(3));
/// # Ok::<(), hebb_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// u.
    pub similarity: Similarity,
    /// y.
    pub competition: Competition,
    /// How the patches of a batch are put together.
    pub reduction: Reduction,
    /// How the learning rate of a unit depends on its weights.
    pub unit_rate: UnitRate,
    /// What holds the weights.
    pub constraint: Constraint,
    /// About the norm of a unit's first weights.
    pub init_scale: f32,
}

impl Default for Setting {
    /// Linear units, summed updates, weights of norm one that nothing holds.
    fn default() -> Self {
        Self {
            similarity: Similarity::Dot,
            competition: Competition::None,
            reduction: Reduction::Sum,
            unit_rate: UnitRate::Same,
            constraint: Constraint::None,
            init_scale: 1.0,
        }
    }
}
