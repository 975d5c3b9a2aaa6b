//! Arguments shared by several commands.

use crate::Result;
use crate::experiment::Experiment;
use crate::experiment::presets::PRESETS;
use crate::reproduce;
use crate::select::{Choice, SelectedBackend};

/// The experiment, with overrides.
#[derive(Debug, clap::Args)]
pub struct ExperimentArgs {
    /// A preset's name or an experiment file [default: quickstart]
    #[arg(value_name = "PRESET | CONFIG.toml")]
    experiment: Option<String>,

    /// Override one value of the experiment; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// The backend and its options.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct BackendArgs {
    /// The backend
    #[arg(long, value_enum, default_value_t)]
    backend: Choice,

    /// Number of threads [default: all]; results do not depend on it
    #[arg(long, value_name = "N")]
    threads: Option<usize>,

    /// Turn off Winograd F(2x2, 3x3) convolutions on the CPU: slower, with other rounding
    #[arg(long)]
    direct: bool,
}

impl ExperimentArgs {
    /// The experiment with its overrides.
    ///
    /// # Errors
    /// As [`reproduce::open`].
    pub fn open(&self) -> Result<Experiment> {
        self.open_with(&[])
    }

    /// The experiment with its overrides and, after them, `changes`.
    ///
    /// # Errors
    /// As [`reproduce::open`].
    pub fn open_with(&self, changes: &[String]) -> Result<Experiment> {
        let name = self.experiment.as_deref().unwrap_or(PRESETS[0].name);
        reproduce::open(name, &[self.set.as_slice(), changes].concat())
    }
}

impl BackendArgs {
    /// Opens the backend.
    ///
    /// # Errors
    /// As [`Choice::open`].
    pub fn open(self) -> Result<SelectedBackend> {
        let chosen = self.backend.open(self.threads)?;
        Ok(if self.direct { chosen.direct() } else { chosen })
    }
}
