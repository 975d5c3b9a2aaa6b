//! Arguments that several commands take.

use crate::Result;
use crate::experiment::Experiment;
use crate::experiment::presets::PRESETS;
use crate::select::{Choice, WithBackend, select};

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
}

impl ExperimentArgs {
    /// The experiment with its changes.
    ///
    /// # Errors
    /// As [`Experiment::open`].
    pub fn open(&self) -> Result<Experiment> {
        self.open_with(&[])
    }

    /// The experiment with its changes and, after them, these.
    ///
    /// # Errors
    /// As [`Experiment::open`].
    pub fn open_with(&self, changes: &[String]) -> Result<Experiment> {
        let name = self.experiment.as_deref().unwrap_or(PRESETS[0].name);
        Experiment::open(name, &[self.set.as_slice(), changes].concat())
    }
}

impl BackendArgs {
    /// Runs `task` on the backend chosen.
    ///
    /// # Errors
    /// As [`select`].
    pub fn run<T: WithBackend>(self, task: T) -> Result<T::Out> {
        select(self.backend, self.threads, task)
    }

    /// The backend taken and, for `auto`, why.
    pub fn describe(self) -> String {
        let taken = format!("{:?}", self.backend.resolved()).to_lowercase();
        match self.backend {
            Choice::Auto => format!("backend {taken}: the fastest that this build and machine have"),
            _ => format!("backend {taken}"),
        }
    }

    /// Threads that the backend works with.
    pub fn threads(self) -> usize {
        let machine = || std::thread::available_parallelism().map_or(1, usize::from);
        match self.backend.resolved() {
            Choice::Reference => 1,
            _ => self.threads.unwrap_or_else(machine),
        }
    }
}
