//! Arguments that several commands take.

use crate::Result;
use crate::experiment::Experiment;
use crate::experiment::presets::PRESETS;
use crate::reproduce;
use crate::select::{Choice, Chosen};

/// An experiment, and what is changed in it.
#[derive(Debug, clap::Args)]
pub struct ExperimentArgs {
    /// A preset's name or an experiment file [default: quickstart]
    #[arg(value_name = "PRESET | CONFIG.toml")]
    experiment: Option<String>,

    /// Change one number or word of the experiment; may be given several times
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

/// Where layers are computed.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct BackendArgs {
    /// The backend
    #[arg(long, value_enum, default_value_t)]
    backend: Choice,

    /// Threads; as many as the machine has when not given. Results do not depend on it
    #[arg(long, value_name = "N")]
    threads: Option<usize>,

    /// Convolve on the CPU by direct products alone, without Winograd's F(2x2, 3x3): slower, other last bits
    #[arg(long)]
    direct: bool,
}

impl ExperimentArgs {
    /// The experiment with its changes.
    ///
    /// # Errors
    /// As [`reproduce::open`].
    pub fn open(&self) -> Result<Experiment> {
        self.open_with(&[])
    }

    /// The experiment with its changes and, after them, these.
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
    pub fn open(self) -> Result<Chosen> {
        let chosen = self.backend.open(self.threads)?;
        Ok(if self.direct { chosen.direct() } else { chosen })
    }
}
