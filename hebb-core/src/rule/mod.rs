//! Learning rules: description, checked parameters, lowering to ΔW = AᵀX − CW, and surrogate loss.
//!
//! Every rule is ΔW = Aᵀ X − C W summed over the patches X (P×K) of a batch, with post-synaptic factors A (P×N) and a
//! decay C. A rule says what A and C are ([`Lowering`]); a backend computes them. The rule's surrogate loss is written
//! beside it over any differentiable number ([`Rule::surrogate`]), with −∂L/∂W = ΔW.

mod display;
mod info;
mod lowering;
mod parameters;
mod params;
mod surrogate;
mod symbols;

pub use info::{Law, Laws, ParamDefault, ParamInfo, RuleInfo};
pub use lowering::{Decay, Lowering, Outer, State, Statistic};
pub use parameters::{Parameters, choices, parameters};
pub use params::{ParameterValue, Params, Value};
pub use surrogate::{Differentiable, Sample};
pub(crate) use surrogate::{log_sum_exp, ranked, total};
pub use symbols::{ACTIVITY, SIMILARITY, STATES, TEACHER, state, t, u, y};

pub use crate::formula::{Binary, Formula, Unary};
pub use crate::plan::Setting;

use crate::error::Result;
use std::fmt::Debug;

/// A learning rule: one file, one implementation.
///
/// Rules defined outside this crate are full citizens: a layer takes any [`AnyRule`], which every `Rule` is.
pub trait Rule: Parameters + Debug + Send + Sync + 'static {
    /// Name, formula, paper and the laws that the rule obeys.
    const INFO: RuleInfo;

    /// The rule with these parameters, those not given at their defaults.
    ///
    /// # Errors
    /// [`crate::Error::Unknown`] or [`crate::Error::Parameter`], naming the parameter and its range.
    fn from_params(params: &Params) -> Result<Self> {
        params.check(Self::INFO.name, Self::PARAMS)?;
        Self::read(params, Self::INFO.name)
    }

    /// The rule in the master form.
    fn lower(&self) -> Lowering;

    /// The loss of one patch whose gradient is the negative update: −∂L/∂w = Δw.
    ///
    /// Only `sample.weights` is differentiated; activities, similarities and states enter with their gradient stopped.
    fn surrogate<D: Differentiable>(&self, sample: &Sample<'_, D>) -> D;

    /// The choices beside the rule with which it is the published one, for a layer of `units`.
    fn setting(&self, units: usize) -> Setting {
        let _ = units;
        Setting::default()
    }

    /// The loss of a batch that needs no stop-gradient; `None` if the rule has none.
    ///
    /// 1. It holds in the rule's [`Self::setting`], for the update summed over the samples.
    /// 2. Only weights, patches and teacher are read: similarities and activities follow from the weights.
    fn exact<D: Differentiable>(&self, samples: &[Sample<'_, D>]) -> Option<D> {
        let _ = samples;
        None
    }
}

/// A rule behind a pointer: the object-safe side of [`Rule`].
pub trait AnyRule: Debug + Send + Sync {
    /// The rule's description.
    fn info(&self) -> &'static RuleInfo;

    /// The rule in the master form.
    fn lower(&self) -> Lowering;

    /// The choices beside the rule with which it is the published one, for a layer of `units`.
    fn setting(&self, units: usize) -> Setting;
}

impl<R: Rule> AnyRule for R {
    fn info(&self) -> &'static RuleInfo {
        const { &R::INFO }
    }

    fn lower(&self) -> Lowering {
        Rule::lower(self)
    }

    fn setting(&self, units: usize) -> Setting {
        Rule::setting(self, units)
    }
}
