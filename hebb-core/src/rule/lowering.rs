//! The master form ΔW = Aᵀ X − C W, as data.

use super::symbols::{STATES, TEACHER, y};
use crate::error::{Error, Result};
use crate::formula::Formula;

/// The terms of a rule's update, for a backend to compute.
#[derive(Clone, Debug, PartialEq)]
pub struct Lowering {
    /// a_i, an entry of A.
    pub factor: Formula,
    /// C.
    pub decay: Decay,
    /// The weight of a patch for a unit in [`crate::plan::Reduction::WeightedMean`]: |y| unless a teacher decides.
    pub weight: Formula,
    /// The states of each unit, in the order of [`super::state`].
    pub states: Vec<State>,
    /// Whether only those units compete whose teacher's signal is positive; y is 0 for the others.
    pub clamped: bool,
}

/// The decay C of the master form.
#[derive(Clone, Debug, PartialEq)]
pub enum Decay {
    /// C = 0.
    None,
    /// C = diag Σ_n c_i.
    Diagonal(Formula),
    /// C from outer products over the units: the subspace rule, Sanger's rule, independent components.
    Outer(Outer),
    /// Column k of W decays by Σ_n x_k: the outstar. ΔW = Aᵀ X − W diag(Σ x).
    Input,
}

/// C = Σ_n (r cᵀ − I): r and c are formulas of each unit; the triangle and the identity are options.
#[derive(Clone, Debug, PartialEq)]
pub struct Outer {
    /// r_i, for row i of C.
    pub rows: Formula,
    /// c_j, for column j of C.
    pub columns: Formula,
    /// Whether only the lower triangle is kept, diagonal included: unit i decays by units j ≤ i alone.
    pub lower: bool,
    /// Whether the identity is taken off for each patch, as in the natural gradient.
    pub identity: bool,
}

/// A number kept for each unit, followed across batches.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Its name in saved models.
    pub name: &'static str,
    /// Its value before the first batch.
    pub initial: f32,
    /// The formula whose mean over the patches of a batch it follows.
    pub of: Formula,
    /// The statistic by which it follows that mean.
    pub statistic: Statistic,
}

/// The statistic by which a state follows the batch mean m of its formula.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// s = m of this very batch, taken before the factor is computed.
    Batch,
    /// s ← (1 − rate)·s + rate·m after the batch; the factor sees the value before it.
    Running {
        /// The rate, in (0, 1].
        rate: f32,
    },
}

impl Lowering {
    /// The amount subtracted from u of units that must not compete: larger than any usual u.
    pub const SILENT: f32 = 1e30;

    /// A rule without decay or state: ΔW = Aᵀ X.
    pub fn new(factor: Formula) -> Self {
        Self {
            factor,
            decay: Decay::None,
            weight: Self::activity_size(),
            states: Vec::new(),
            clamped: false,
        }
    }

    /// The same with this decay.
    pub fn with_decay(self, decay: Decay) -> Self {
        Self { decay, ..self }
    }

    /// The same where a patch counts by this formula, which is nowhere negative.
    pub fn with_weight(self, weight: Formula) -> Self {
        Self { weight, ..self }
    }

    /// |y|: what a patch counts for a unit unless a rule says otherwise.
    pub fn activity_size() -> Formula {
        y().abs()
    }

    /// The same with one more state.
    pub fn with_state(mut self, state: State) -> Self {
        self.states.push(state);
        self
    }

    /// The same where a teacher says which units compete.
    pub fn clamp(self) -> Self {
        Self {
            clamped: true,
            ..self
        }
    }

    /// Whether the update needs a teacher's signal.
    pub fn needs_teacher(&self) -> bool {
        self.clamped || self.formulas().any(|formula| formula.names(TEACHER))
    }

    /// Whether a state must be taken from the batch before the factor can be computed.
    pub fn needs_batch_statistics(&self) -> bool {
        self.states
            .iter()
            .any(|state| state.statistic == Statistic::Batch)
    }

    /// Checks that every state referred to is declared and that each state's own formula uses no state.
    ///
    /// # Errors
    /// [`Error::Incompatible`], naming the formula.
    pub fn check(&self) -> Result<()> {
        for expr in self.decay.formulas().chain([&self.factor, &self.weight]) {
            if expr.operands() > STATES + self.states.len() {
                return Err(self.incompatible(expr, "a state that the rule does not declare"));
            }
        }
        match self.states.iter().find(|state| state.of.operands() > STATES) {
            Some(state) => Err(self.incompatible(&state.of, "a state, but is itself the formula of one")),
            None => Ok(()),
        }
    }

    /// The formula in the symbols y, u and t and the names of the states.
    pub(super) fn printed(&self, formula: &Formula) -> String {
        let states = self.states.iter().map(|state| state.name);
        let names: Vec<&str> = ["y", "u", "t"].into_iter().chain(states).collect();
        formula.display(&names).to_string()
    }

    fn incompatible(&self, formula: &Formula, reason: &str) -> Error {
        Error::Incompatible {
            first: format!("the formula {}", self.printed(formula)),
            second: "the rule's states".to_owned(),
            reason: format!("it refers to {reason}"),
        }
    }

    fn formulas(&self) -> impl Iterator<Item = &Formula> {
        let states = self.states.iter().map(|state| &state.of);
        let own = self.decay.formulas().chain([&self.factor, &self.weight]);
        own.chain(states)
    }
}

impl Decay {
    /// C = diag Σ_n y.
    pub fn activity() -> Self {
        Self::Diagonal(y())
    }

    /// C = diag Σ_n |y|.
    pub fn magnitude() -> Self {
        Self::Diagonal(y().abs())
    }

    /// C = Σ_n v vᵀ, whole or its lower triangle, for a formula v of each unit.
    pub fn gram(v: Formula, lower: bool) -> Self {
        Self::Outer(Outer {
            rows: v.clone(),
            columns: v,
            lower,
            identity: false,
        })
    }

    /// The formulas that C is made of.
    pub fn formulas(&self) -> impl Iterator<Item = &Formula> {
        let pair = match self {
            Self::Diagonal(expr) => [Some(expr), None],
            Self::Outer(outer) => [Some(&outer.rows), Some(&outer.columns)],
            Self::None | Self::Input => [None, None],
        };
        pair.into_iter().flatten()
    }

    /// Values that C is kept in for `units` units and patches of `patch_len` values.
    pub fn len(&self, units: usize, patch_len: usize) -> usize {
        match self {
            Self::None => 0,
            Self::Diagonal(_) => units,
            Self::Outer(_) => units * units,
            Self::Input => patch_len,
        }
    }

    /// Whether there is no decay.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::{state, t, u};

    #[test]
    fn a_state_that_is_not_declared_is_refused() {
        let rule = Lowering::new(y() * state(0));
        assert!(rule.check().unwrap_err().to_string().contains("does not declare"));
        let state = State {
            name: "theta",
            initial: 0.0,
            of: y(),
            statistic: Statistic::Batch,
        };
        assert!(rule.with_state(state).check().is_ok());
    }

    #[test]
    fn a_teacher_is_needed_where_a_formula_names_it() {
        assert!(Lowering::new(t() - u()).needs_teacher());
        assert!(!Lowering::new(y()).needs_teacher());
    }
}
