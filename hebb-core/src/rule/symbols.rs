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

/// A formula as rules print it: y, u, t, and s0, s1, … for the states.
pub fn printed(formula: &Formula) -> String {
    let states: Vec<String> = (STATES..formula.operands())
        .map(|position| format!("s{}", position - STATES))
        .collect();
    let names: Vec<&str> = ["y", "u", "t"]
        .into_iter()
        .chain(states.iter().map(String::as_str))
        .collect();
    formula.display(&names).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_of_rules_print_with_their_symbols() {
        let formula = y() * (u() - state(1)) + t();
        assert_eq!(printed(&formula), "(y * (u - s1)) + t");
    }
}
