//! Arguments shared by several commands.

use super::console::Console;
use crate::Result;
use crate::experiment::presets::PRESETS;
use crate::experiment::{self, Experiment};
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
    /// The experiment with its overrides; tells what they bring along.
    ///
    /// # Errors
    /// As [`reproduce::open`].
    pub fn open(&self, console: Console) -> Result<Experiment> {
        self.open_with(console, &[])
    }

    /// The experiment with its overrides and, after them, `changes`; tells what the overrides bring along.
    ///
    /// # Errors
    /// As [`reproduce::open`].
    pub fn open_with(&self, console: Console, changes: &[String]) -> Result<Experiment> {
        experiment::override_notes(&self.set)
            .iter()
            .for_each(|note| console.note(note));
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
