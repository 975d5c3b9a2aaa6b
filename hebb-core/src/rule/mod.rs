//! What a learning rule is: a description, checked parameters, a lowering to the master form and a surrogate loss.
//!
//! Every rule is ΔW = Aᵀ X − C W summed over the patches X (P×K) of a batch, with post-synaptic factors A (P×N) and a
//! decay C. A rule says what A and C are ([`Lowering`]); a backend computes them. The rule's surrogate loss is written
//! beside it over any differentiable number ([`Surrogate`]), with −∂L/∂W = ΔW.

mod expr;
mod info;
mod lowering;
mod params;
mod surrogate;

pub use expr::{Binary, Expr, Unary, Variables};
pub use info::{Default, Law, ParamInfo, RuleInfo};
pub use lowering::{Decay, Lowering, State, Statistic};
pub use params::{Params, Value};
pub use surrogate::{Differentiable, Sample};

use crate::error::Result;
use std::fmt::Debug;

/// A learning rule: one file, one implementation.
///
/// Rules defined outside this crate are full citizens: a layer takes any [`AnyRule`], which every `Rule` is.
pub trait Rule: Debug + Send + Sync + Sized + 'static {
    /// Name, formula, paper, parameters and the laws that the rule obeys.
    const INFO: RuleInfo;

    /// The rule with these parameters, those not given at their defaults.
    ///
    /// # Errors
    /// [`crate::Error::Unknown`] or [`crate::Error::Parameter`], naming the parameter and its range.
    fn from_params(params: &Params) -> Result<Self>;

    /// The rule in the master form.
    fn lower(&self) -> Lowering;

    /// The loss of one patch whose gradient is the negative update: −∂L/∂w = Δw.
    ///
    /// Only `sample.weights` is differentiated; activities, similarities and states enter with their gradient stopped.
    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D;
}

/// A rule behind a pointer: the object-safe side of [`Rule`].
pub trait AnyRule: Debug + Send + Sync {
    /// The rule's description.
    fn info(&self) -> &'static RuleInfo;

    /// The rule in the master form.
    fn lower(&self) -> Lowering;
}

impl<R: Rule> AnyRule for R {
    fn info(&self) -> &'static RuleInfo {
        const { &R::INFO }
    }

    fn lower(&self) -> Lowering {
        Rule::lower(self)
    }
}
