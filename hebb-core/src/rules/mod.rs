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

pub use anti_hebb::AntiHebb;
pub use bcm::Bcm;
pub use covariance::Covariance;
pub use delta::Delta;
pub use fast_hebb::FastHebb;
pub use hard_wta::HardWta;
pub use hebb::Hebb;
pub use ica::Ica;
pub use instar::Instar;
pub use k_wta::KWta;
pub use krotov::Krotov;
pub use law_cooper::LawCooper;
pub use natural_ica::NaturalIca;
pub use nonlinear_pca::NonlinearPca;
pub use oja::Oja;
pub use outstar::Outstar;
pub use sanger::Sanger;
pub use soft_hebb::SoftHebb;
pub use soft_wta::SoftWta;
pub use som::Som;
pub use subspace::Subspace;
pub use supervised::Supervised;
pub use trace::Trace;
pub use winner_label::WinnerLabel;

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
    ($($rule:ty),* $(,)?) => {
        /// Every rule of this crate.
        pub const RULES: &[Entry] = &[$(Entry::of::<$rule>()),*];

        /// Calls the visitor with the type of every rule.
        pub fn visit(visitor: &mut impl Visitor) {
            $(visitor.visit::<$rule>();)*
        }
    };
}

registry![
    Hebb,
    AntiHebb,
    Covariance,
    Instar,
    Outstar,
    Oja,
    Subspace,
    Sanger,
    NonlinearPca,
    HardWta,
    KWta,
    SoftWta,
    FastHebb,
    SoftHebb,
    WinnerLabel,
    Krotov,
    Bcm,
    LawCooper,
    Ica,
    NaturalIca,
    Som,
    Trace,
    Supervised,
    Delta,
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
