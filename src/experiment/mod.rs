//! Experiments: TOML files and presets, runs, run folders and results.

mod activations;
mod clock;
mod config;
mod data;
mod evaluate;
mod folder;
mod machine;
mod output;
mod overrides;
mod parse;
mod phases;
pub mod presets;
mod result;
mod revisit;
mod run;
mod strict_toml;
mod taken;
mod training;
mod watcher;

pub use config::{DataConfig, Experiment, PretrainedLayers, Protocol, ReadoutConfig};
pub use data::{Data, Fit, Source};
pub use evaluate::{FeatureSink, Reading, evaluate, pass};
pub use folder::{Run, RunWriter};
pub use machine::{Machine, peak_memory};
pub use overrides::override_notes;
pub use phases::Phases;
pub use result::{EpochMetrics, LayerAccuracy, OutputAccuracy, RunResult, Seconds};
pub use revisit::{Evaluated, Evaluation, Extraction};
pub use run::RunTask;
#[cfg(feature = "cli")]
pub(crate) use strict_toml::parse_toml;
pub use watcher::{Unwatched, Watcher};
