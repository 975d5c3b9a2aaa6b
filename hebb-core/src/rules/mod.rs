//! Rules, one file each, and the registry from which the command line, the documentation and the tests take them.
//!
#![doc = include_str!("../../RULES.md")]

mod anti_hebb;
mod bcm;
mod covariance;
mod decay_order;
mod delta;
mod fast_hebb;
mod hard_wta;
mod hebb;
mod ica;
mod instar;
mod k_wta;
mod krotov;
mod law_cooper;
mod natural_ica;
mod nonlinear_pca;
mod nonlinearity;
mod oja;
mod outstar;
mod sanger;
mod soft_hebb;
mod soft_wta;
mod som;
mod subspace;
mod supervised;
mod trace;
mod winner_label;

use crate::error::{Error, Result};
use crate::rule::{AnyRule, ParamInfo, Params, Rule, RuleInfo};

/// A rule of the registry: its description, its parameters and its constructor.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The rule's description.
    pub info: &'static RuleInfo,
    /// The rule's parameters.
    pub params: &'static [ParamInfo],
    build: fn(&Params) -> Result<Box<dyn AnyRule>>,
}

impl Entry {
    const fn of<R: Rule>() -> Self {
        Self {
            info: const { &R::INFO },
            params: R::PARAMS,
            build: |params| Ok(Box::new(R::from_params(params)?)),
        }
    }
}

/// A function over every rule's type, for [`visit`]: a way to reach what is not object-safe, such as the surrogate.
pub trait Visitor {
    /// Called once for each rule, in the order of the registry.
    fn visit<R: Rule>(&mut self);
}

macro_rules! registry {
    ($($module:ident::$rule:ident),* $(,)?) => {
        $(pub use $module::$rule;)*

        /// Every rule of this crate.
        pub const RULES: &[Entry] = &[$(Entry::of::<$rule>()),*];

        /// Calls the visitor with the type of every rule.
        pub fn visit(visitor: &mut impl Visitor) {
            $(visitor.visit::<$rule>();)*
        }
    };
}

registry![
    hebb::Hebb,
    anti_hebb::AntiHebb,
    covariance::Covariance,
    instar::Instar,
    outstar::Outstar,
    oja::Oja,
    subspace::Subspace,
    sanger::Sanger,
    nonlinear_pca::NonlinearPca,
    hard_wta::HardWta,
    k_wta::KWta,
    soft_wta::SoftWta,
    fast_hebb::FastHebb,
    soft_hebb::SoftHebb,
    winner_label::WinnerLabel,
    krotov::Krotov,
    bcm::Bcm,
    law_cooper::LawCooper,
    ica::Ica,
    natural_ica::NaturalIca,
    som::Som,
    trace::Trace,
    supervised::Supervised,
    delta::Delta,
];

/// The rule of this name with these parameters.
///
/// # Errors
/// [`Error::Unknown`] for a name or parameter that does not exist, [`Error::Parameter`] for a value out of range.
///
/// ```
/// use hebb_core::{rule, rule::Params, rules};
///
/// let oja = rules::build("oja", &Params::default())?;
/// assert_eq!(oja.lower().factor, rule::y());
/// # Ok::<(), hebb_core::Error>(())
/// ```
pub fn build(name: &str, params: &Params) -> Result<Box<dyn AnyRule>> {
    match RULES.iter().find(|entry| entry.info.name == name) {
        Some(entry) => (entry.build)(params),
        None => Err(Error::unknown(
            "rule",
            name,
            RULES.iter().map(|entry| entry.info.name),
        )),
    }
}
