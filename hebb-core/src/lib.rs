//! Hebbian learning rules, competition, layers, networks and the backend trait.
#![forbid(unsafe_code)]

pub mod seed;

pub use seed::Seed;
