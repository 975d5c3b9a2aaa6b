//! The test kit for backends and rules: error bounds, strategies, the conformance suite and laws (feature `testing`).
//!
//! One line tests a backend:
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
pub mod networks;
mod oracle;
mod pass;
mod primitive;
pub mod strategies;

pub use bounded::Bounded;
pub use compare::{compare, compare_where};
pub use conformance::{ConformanceReport, Skip, conformance};
pub use dual::Dual;
pub use laws::{closed_form, laws};
