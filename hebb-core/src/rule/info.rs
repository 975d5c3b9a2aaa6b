//! Descriptions of rules: the source of the command line's list, of RULES.md and of the property tests.

/// Everything there is to say of a rule.
#[derive(Clone, Copy, Debug)]
pub struct RuleInfo {
    /// The name in experiment files and on the command line.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// Δw_i for one patch x, which the macro `laws!` evaluates and compares with the lowering.
    ///
    /// `UPDATE; PARAMETER = WORD: UPDATE, where NOTES` in x, w_i, y_i, u_i, t_i, the states and the parameters by name, such
    /// as `y_i (x - sum_{j<=i} y_j w_j)`. The notes define each state as a mean E, such as `theta_i = running E y_i^2`.
    pub formula: &'static str,
    /// The loss whose negative gradient is the formula.
    pub surrogate: &'static str,
    /// Author, year, title, equation.
    pub paper: &'static str,
    /// The laws that the property suite holds the rule to.
    pub laws: Laws,
    /// Differences of the authors' published code; empty if none is known.
    pub deviations: &'static str,
}

/// One parameter of a rule.
#[derive(Clone, Copy, Debug)]
pub struct ParamInfo {
    /// Its key.
    pub name: &'static str,
    /// Its value when not given.
    pub default: ParamDefault,
    /// Its effect.
    pub meaning: &'static str,
}

/// A default and the range that goes with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParamDefault {
    /// A number in `min..=max`.
    Number {
        /// The default.
        value: f64,
        /// The smallest value allowed.
        min: f64,
        /// The largest value allowed.
        max: f64,
    },
    /// One of some words.
    Choice {
        /// The default.
        value: &'static str,
        /// Every word allowed.
        choices: &'static [&'static str],
    },
}

/// A law that an update may obey; the property suite checks exactly those that a rule claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Law {
    /// The order of the patches of a batch does not matter.
    PatchOrder,
    /// Permuting the channels of the patches permutes the columns of the update.
    ChannelPermutation,
    /// Permuting the units permutes the update.
    UnitPermutation,
    /// The update of two batches together is the sum of their updates.
    Additive,
    /// A unit that never fires does not learn.
    SilentUnitsRest,
    /// At rest where the weights are the activity-weighted mean of the patches.
    RestsAtMean,
    /// At rest at a unit-norm principal direction of the patches.
    RestsAtPrincipalDirection,
    /// The rows tend to the leading eigenvectors, in order.
    OrthonormalRows,
}

impl Law {
    const ALL: [Self; 8] = [
        Self::PatchOrder,
        Self::ChannelPermutation,
        Self::UnitPermutation,
        Self::Additive,
        Self::SilentUnitsRest,
        Self::RestsAtMean,
        Self::RestsAtPrincipalDirection,
        Self::OrthonormalRows,
    ];
}

/// A set of laws.
///
/// ```
/// use hebb_core::rule::{Law, Laws};
///
/// let laws = Laws::USUAL.without(Law::Additive).with(Law::RestsAtMean);
/// assert!(laws.iter().all(|law| law != Law::Additive));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Laws(u32);

impl Laws {
    /// The laws of most rules: the symmetries, additivity, and rest of silent units.
    pub const USUAL: Self = Self(0)
        .with(Law::PatchOrder)
        .with(Law::ChannelPermutation)
        .with(Law::UnitPermutation)
        .with(Law::Additive)
        .with(Law::SilentUnitsRest);

    /// The set with one more law.
    pub const fn with(self, law: Law) -> Self {
        Self(self.0 | 1 << law as u32)
    }

    /// The set less one law.
    pub const fn without(self, law: Law) -> Self {
        Self(self.0 & !(1 << law as u32))
    }

    /// The laws of the set, in the order of [`Law`].
    pub fn iter(self) -> impl Iterator<Item = Law> {
        Law::ALL.into_iter().filter(move |&law| self.with(law) == self)
    }
}
