use crate::rule::choices;

/// Units that take part in a unit's decay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DecayOrder {
    /// All units.
    Symmetric,
    /// The unit itself and those before it.
    Hierarchical,
}

choices!(DecayOrder { Symmetric = "symmetric", Hierarchical = "hierarchical" });

impl DecayOrder {
    pub(super) fn is_hierarchical(self) -> bool {
        self == Self::Hierarchical
    }
}
