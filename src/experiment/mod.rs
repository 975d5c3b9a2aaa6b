//! Experiments: TOML files with every dimension spelled out, presets, and what running one gives.

mod config;
mod parse;
pub mod presets;

pub use config::{DataConfig, Experiment, Protocol, ReadoutConfig};
