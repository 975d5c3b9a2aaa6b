//! What proves a backend and a rule: tolerances, strategies, the conformance suite and the laws (feature `testing`).
//!
//! A backend is proved with one line in its tests:
//!
//! ```
//! # #[cfg(test)]
//! hebb_core::conformance!(reference_conforms, || Ok::<_, hebb_core::Error>(hebb_core::RefBackend));
//! ```

mod batch;
mod bounded;
pub mod choices;
mod compare;
mod conformance;
mod dual;
mod laws;
mod oracle;
mod pass;
mod primitive;
pub mod strategies;

pub use bounded::{Bounded, Quantities};
pub use compare::{compare, compare_where};
pub use conformance::{ConformanceReport, Skip, conformance};
pub use dual::Dual;
pub use laws::{closed_form, laws};
