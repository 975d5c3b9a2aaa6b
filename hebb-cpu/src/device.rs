//! The CPU as a device: its threads, its buffers, and whether convolutions go by Winograd.

use crate::memory::BufferPool;
use crate::threads::Threads;
use hebb_core::Result;

/// The CPU, on all or on some of its threads.
///
/// Work is cut by its size and summed in a fixed order, so that results are the same bits for any number of threads.
#[derive(Debug, Default)]
pub struct CpuBackend {
    pub(crate) threads: Threads,
    pub(crate) buffers: BufferPool,
    /// Direct products alone, no Winograd.
    pub(crate) direct: bool,
}

impl CpuBackend {
    /// A backend on rayon's global pool: one thread for each core, or `RAYON_NUM_THREADS`.
    pub fn new() -> Self {
        Self::default()
    }

    /// A backend with a pool of its own.
    ///
    /// # Errors
    /// [`hebb_core::Error::Parameter`] for 0 threads, [`hebb_core::Error::Backend`] if the system refuses them.
    pub fn with_threads(threads: usize) -> Result<Self> {
        Ok(Self {
            threads: Threads::with_threads(threads)?,
            ..Self::default()
        })
    }

    /// Allows Winograd's F(2×2, 3×3) for 3×3 convolutions with a stride of 1. Default: true.
    ///
    /// It takes 16 products where the direct form takes 36, and is used where images and filters are large enough to gain
    /// by it. Results are within 1e-6 of the direct form's, relative to the sum of the sizes of a response's terms.
    #[must_use]
    pub fn with_winograd(mut self, allowed: bool) -> Self {
        self.direct = !allowed;
        self
    }

    /// Number of threads.
    pub fn threads(&self) -> usize {
        self.threads.count()
    }
}
