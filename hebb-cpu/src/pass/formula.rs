//! The rule's formulas for one unit and one patch: winners are too few to evaluate them on whole rows.

use hebb_core::rule::{ACTIVITY, Formula, Lowering, SIMILARITY, STATES, TEACHER};

/// States that the formulas of a rule may have.
pub(crate) const MAX_STATES: usize = 8;

/// The rule's formulas and what they read besides y and u.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnitFormulas<'a> {
    pub(crate) rule: &'a Lowering,
    /// One row of N for each state.
    pub(crate) states: &'a [f32],
    /// t of this image, N values; empty without a teacher.
    pub(crate) teacher: &'a [f32],
    pub(crate) units: usize,
}

/// One unit's response to a patch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnitResponse {
    pub(crate) unit: usize,
    /// y.
    pub(crate) activity: f32,
    /// u.
    pub(crate) similarity: f32,
}

impl UnitFormulas<'_> {
    /// The value of a formula.
    #[inline(always)]
    pub(crate) fn value(&self, formula: &Formula, response: UnitResponse) -> f32 {
        match formula {
            Formula::Operand(ACTIVITY) => response.activity,
            _ => self.interpret(formula, response),
        }
    }

    #[inline(never)]
    fn interpret(&self, formula: &Formula, response: UnitResponse) -> f32 {
        let mut operands = [0.0; STATES + MAX_STATES];
        let own = self.states.iter().skip(response.unit).step_by(self.units);
        let states = operands[STATES..].iter_mut().zip(own);
        states.for_each(|(to, from)| *to = f64::from(*from));
        operands[ACTIVITY] = f64::from(response.activity);
        operands[SIMILARITY] = f64::from(response.similarity);
        operands[TEACHER] = self.teacher.get(response.unit).map_or(0.0, |t| f64::from(*t));
        formula.value(&operands) as f32
    }
}
