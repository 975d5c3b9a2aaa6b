use crate::plan::{Competition, Constraint, Reduction, Similarity};

/// Choices that are independent of a rule, as its authors made them.
///
/// ```
/// use hebb_core::plan::Competition;
/// use hebb_core::{rule::Params, rules};
///
/// let rule = rules::build("k-wta", &Params::default().with("k", 3.0))?;
/// assert_eq!(rule.setting(10).competition.winners(), Some(3));
/// # Ok::<(), hebb_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Setting {
    /// u.
    pub similarity: Similarity,
    /// y.
    pub competition: Competition,
    /// How the patches of a batch are put together.
    pub reduction: Reduction,
    /// What holds the weights.
    pub constraint: Constraint,
}
