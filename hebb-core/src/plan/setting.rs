//! Default choices of a rule.

use super::{Competition, Constraint, Reduction, Similarity, UnitRate};

/// The default choices of a rule, as its authors made them, for the keys that a layer's configuration omits.
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
    /// The reduction of the patches of a batch.
    pub reduction: Reduction,
    /// The dependence of a unit's learning rate on its weights.
    pub unit_rate: UnitRate,
    /// The constraint on the weights.
    pub constraint: Constraint,
    /// The expected norm of a unit's initial weights.
    pub init_scale: f32,
}

impl Default for Setting {
    /// Linear units, summed updates, initial norm one and no constraint.
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
