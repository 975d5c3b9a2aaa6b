//! The symbols that a rule's formulas are written in.

use crate::formula::Formula;

/// Position of y, the activity that drives plasticity.
pub const ACTIVITY: usize = 0;

/// Position of u, the similarity of the patch to the unit's weights.
pub const SIMILARITY: usize = 1;

/// Position of t, the teacher's signal.
pub const TEACHER: usize = 2;

/// Position of the first state; the others follow in the order in which the rule declares them.
pub const STATES: usize = 3;

/// y, the activity that drives plasticity: the result of the competition.
pub const fn y() -> Formula {
    Formula::Operand(ACTIVITY)
}

/// u, the similarity of the patch to the unit's weights.
pub const fn u() -> Formula {
    Formula::Operand(SIMILARITY)
}

/// t, the teacher's signal.
pub const fn t() -> Formula {
    Formula::Operand(TEACHER)
}

/// The unit's state of this index, in the order in which the rule declares them.
pub const fn state(index: usize) -> Formula {
    Formula::Operand(STATES + index)
}
