//! Run-time choice of the backend for tasks that are generic over it.

use crate::{Error, Result};
#[cfg(feature = "cpu")]
use hebb_cpu::CpuBackend;
#[cfg(feature = "cuda")]
use hebb_cuda::CudaBackend;

use hebb_core::{Backend, RefBackend};

/// A task that is generic over the backend.
pub trait WithBackend {
    /// Result of the task.
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
    /// rayon and vector kernels on the CPU.
    Cpu,
    /// An NVIDIA GPU.
    Cuda,
    /// Naive loops that sum in f64; slow, the specification.
    Reference,
}

impl Choice {
    /// Every choice: its name, its description, and whether it is compiled in.
    pub const ALL: &[(&'static str, &'static str, bool)] = &[
        (
            "auto",
            "the fastest backend that this build and machine have",
            true,
        ),
        ("cpu", "rayon and vector kernels", cfg!(feature = "cpu")),
        (
            "cuda",
            "the first NVIDIA GPU: cuBLAS and own kernels; no GPU has run it yet",
            cfg!(feature = "cuda"),
        ),
        (
            "reference",
            "naive loops that sum in f64: slow, the specification",
            true,
        ),
    ];

    /// Opens the backend, with `threads` threads or as many as the machine has.
    ///
    /// `Auto` takes a GPU if this build has the backend and the machine the device, then the CPU, then the reference.
    ///
    /// # Errors
    /// [`Error::Threads`], [`Error::NotCompiled`] for a backend that this build lacks, or what the backend misses.
    pub fn open(self, threads: Option<usize>) -> Result<SelectedBackend> {
        if let Some(threads) = threads.filter(|threads| !(1..=1024).contains(threads)) {
            return Err(Error::Threads(threads));
        }
        match self {
            Self::Auto => automatic(threads),
            Self::Cpu => cpu(threads),
            Self::Cuda => cuda(),
            Self::Reference => Ok(SelectedBackend::reference()),
        }
    }
}

/// An open backend.
#[derive(Debug)]
pub struct SelectedBackend {
    opened: Opened,
    name: &'static str,
    threads: Option<usize>,
    /// Device and reason of the choice, for [`SelectedBackend::describe`].
    note: String,
}

#[derive(Debug)]
enum Opened {
    Reference(RefBackend),
    #[cfg(feature = "cpu")]
    Cpu(CpuBackend),
    #[cfg(feature = "cuda")]
    Cuda(Box<CudaBackend>),
}

impl SelectedBackend {
    fn reference() -> Self {
        Self {
            opened: Opened::Reference(RefBackend),
            name: RefBackend::NAME,
            threads: Some(1),
            note: String::new(),
        }
    }

    /// Turns off Winograd's F(2×2, 3×3) on the CPU; other backends have no such choice.
    #[must_use]
    pub fn direct(self) -> Self {
        match self.opened {
            #[cfg(feature = "cpu")]
            Opened::Cpu(backend) => {
                let opened = Opened::Cpu(backend.with_winograd(false));
                Self { opened, ..self }.because("direct convolutions")
            }
            _ => self,
        }
    }

    fn because(mut self, reason: &str) -> Self {
        let separator = if self.note.is_empty() { "" } else { "; " };
        self.note = format!("{}{separator}{reason}", self.note);
        self
    }

    /// The backend's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The backend's name, its device, and why `auto` chose it.
    pub fn describe(&self) -> String {
        match self.note.as_str() {
            "" => format!("backend {}", self.name),
            note => format!("backend {}: {note}", self.name),
        }
    }

    /// Number of threads of the backend; `None` on a device.
    pub fn threads(&self) -> Option<usize> {
        self.threads
    }

    /// Runs `task` on the backend.
    ///
    /// # Errors
    /// The task's own.
    pub fn run<T: WithBackend>(self, task: T) -> Result<T::Out> {
        match self.opened {
            Opened::Reference(backend) => task.run(backend),
            #[cfg(feature = "cpu")]
            Opened::Cpu(backend) => task.run(backend),
            #[cfg(feature = "cuda")]
            Opened::Cuda(backend) => task.run(*backend),
        }
    }
}

/// The reason that `auto` gives.
const FASTEST: &str = "the fastest that this build and machine have";

/// The GPU, else the CPU, else the reference, with the reason.
fn automatic(threads: Option<usize>) -> Result<SelectedBackend> {
    match cuda() {
        Ok(chosen) => Ok(chosen.because(FASTEST)),
        Err(Error::NotCompiled { .. }) => host(threads, FASTEST),
        Err(missing) => host(threads, &format!("{FASTEST}; {missing}")),
    }
}

fn host(threads: Option<usize>, reason: &str) -> Result<SelectedBackend> {
    match cpu(threads) {
        Err(Error::NotCompiled { .. }) => Ok(SelectedBackend::reference()),
        opened => opened,
    }
    .map(|chosen| chosen.because(reason))
}

#[cfg(feature = "cpu")]
fn cpu(threads: Option<usize>) -> Result<SelectedBackend> {
    let backend = threads.map_or_else(|| Ok(CpuBackend::new()), CpuBackend::with_threads)?;
    Ok(SelectedBackend {
        name: CpuBackend::NAME,
        threads: Some(backend.threads()),
        note: String::new(),
        opened: Opened::Cpu(backend),
    })
}

#[cfg(not(feature = "cpu"))]
fn cpu(_threads: Option<usize>) -> Result<SelectedBackend> {
    Err(Error::NotCompiled { name: "cpu" })
}

#[cfg(feature = "cuda")]
fn cuda() -> Result<SelectedBackend> {
    let backend = CudaBackend::new(0).map_err(hebb_core::Error::from)?;
    Ok(SelectedBackend {
        note: backend.description(),
        opened: Opened::Cuda(Box::new(backend)),
        name: CudaBackend::NAME,
        threads: None,
    })
}

#[cfg(not(feature = "cuda"))]
fn cuda() -> Result<SelectedBackend> {
    Err(Error::NotCompiled { name: "cuda" })
}
