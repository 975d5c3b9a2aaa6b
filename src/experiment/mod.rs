//! Experiments: TOML files with every dimension spelled out, presets, and what running one gives.

mod config;
mod data;
mod evaluate;
mod folder;
mod machine;
mod parse;
pub mod presets;
mod revisit;
mod run;

pub use config::{DataConfig, Experiment, Protocol, ReadoutConfig};
pub use data::{Data, Fit, Source};
pub use evaluate::{FeatureSink, LayerAccuracy, evaluate, pass};
pub use folder::{Run, RunWriter};
pub use machine::{Machine, peak_memory};
pub(crate) use parse::parse_toml;
pub use revisit::{Evaluation, Extraction};
pub use run::{EpochMetrics, RunResult, Seconds, Task, Unwatched, Watcher};
