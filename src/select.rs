//! Choosing the backend at run time: a task that is generic over the backend is called with the one asked for.

use crate::{Error, Result};
use hebb_core::{Backend, RefBackend};

/// What is done with the backend that was chosen.
pub trait WithBackend {
    /// What the task gives.
    type Out;

    /// Runs the task on `backend`.
    ///
    /// # Errors
    /// The task's own.
    fn run<B: Backend>(self, backend: B) -> Result<Self::Out>;
}

/// A backend by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Choice {
    /// The fastest one that this build and machine have.
    #[default]
    Auto,
    /// rayon and matrixmultiply on the CPU.
    Cpu,
    /// Naive loops that sum in f64; slow, the specification.
    Reference,
}

impl Choice {
    /// Every choice: its name, what it is, and whether this build has it.
    pub const ALL: &[(&'static str, &'static str, bool)] = &[
        (
            "auto",
            "the fastest backend that this build and machine have",
            true,
        ),
        ("cpu", "rayon, im2col and matrixmultiply", cfg!(feature = "cpu")),
        (
            "reference",
            "naive loops that sum in f64: slow, the specification",
            true,
        ),
    ];

    /// What `auto` stands for in this build.
    pub fn resolved(self) -> Self {
        match self {
            Self::Auto if cfg!(feature = "cpu") => Self::Cpu,
            Self::Auto => Self::Reference,
            chosen => chosen,
        }
    }
}

/// Runs `task` on the chosen backend with `threads` threads, or as many as the machine has.
///
/// # Errors
/// [`Error::NotCompiled`] for a backend that this build lacks, or the task's own.
pub fn select<T: WithBackend>(choice: Choice, threads: Option<usize>, task: T) -> Result<T::Out> {
    if let Some(threads) = threads.filter(|threads| !(1..=1024).contains(threads)) {
        return Err(Error::Threads(threads));
    }
    match choice.resolved() {
        Choice::Reference => task.run(RefBackend),
        #[cfg(feature = "cpu")]
        _ => task.run(match threads {
            Some(threads) => hebb_cpu::CpuBackend::with_threads(threads)?,
            None => hebb_cpu::CpuBackend::new(),
        }),
        #[cfg(not(feature = "cpu"))]
        _ => Err(Error::NotCompiled { name: "cpu" }),
    }
}
