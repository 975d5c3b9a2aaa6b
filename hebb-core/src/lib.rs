//! Hebbian learning rules, competition, layers, networks and the backend trait.
#![forbid(unsafe_code)]

pub mod backend;
pub mod error;
pub mod geometry;
pub mod layer;
pub mod network;
pub mod plan;
pub mod readout;
pub mod reference;
pub mod rule;
pub mod rules;
pub mod seed;
pub mod source;
#[cfg(feature = "testing")]
pub mod testing;
pub mod train;

pub use backend::Backend;
pub use error::{Error, Result};
pub use reference::RefBackend;
pub use seed::Seed;
