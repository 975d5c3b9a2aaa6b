//! Hebbian learning rules, competition, layers, networks and the backend trait.
#![forbid(unsafe_code)]

pub mod error;
pub mod geometry;
pub mod rule;
pub mod rules;
pub mod seed;

pub use error::{Error, Result};
pub use seed::Seed;
