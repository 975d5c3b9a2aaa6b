//! Test sessions on the stand-ins for libcuda and libcublas: loading, reports, counts and traces.
//!
//! The stand-ins are cdylibs whose sonames are `libcuda.so` and `libcublas.so`. Loading them first, by path, makes the
//! dynamic loader resolve these names to them later, so that unmodified cudarc uses them. Cargo
//! builds them because this crate depends on them, and leaves them in the folder of the test binary: neither a nested
//! build nor a search of the target folder is needed. This works with glibc, so the crate is empty on other systems.
//!
//! The driver is one for the process. [`GpuSession`] therefore holds a lock: tests of one binary take turns.
#![cfg(target_os = "linux")]

mod library;

use std::fmt;
use std::sync::{Mutex, MutexGuard, OnceLock};

pub use hebb_mock_cuda::Counts;
use library::Driver;

static TURN: Mutex<()> = Mutex::new(());

/// Exclusive use of the stand-in driver by one test. Counts start at zero.
pub struct GpuSession {
    driver: &'static Driver,
    _turn: MutexGuard<'static, ()>,
}

impl fmt::Debug for GpuSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GpuSession")
            .field("counts", &self.counts())
            .finish()
    }
}

impl GpuSession {
    /// Waits for the turn, and loads the stand-ins if this is the first.
    ///
    /// # Panics
    /// If the stand-ins are not beside the test binary, or another libcuda was loaded before.
    pub fn start() -> Self {
        static DRIVER: OnceLock<Driver> = OnceLock::new();
        let turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let driver = DRIVER.get_or_init(|| Driver::load().unwrap_or_else(|error| panic!("{error}")));
        driver.reports();
        driver.limit_memory(0);
        driver.reset();
        Self { driver, _turn: turn }
    }

    /// Counts since the start or the last [`GpuSession::reset`].
    pub fn counts(&self) -> Counts {
        self.driver.counts()
    }

    /// Resets counts and trace.
    pub fn reset(&self) {
        self.driver.reset();
    }

    /// Takes the defects found so far; afterwards a broken context works again.
    pub fn reports(&self) -> Vec<String> {
        self.driver.reports().lines().map(str::to_owned).collect()
    }

    /// Takes one line for each launch, copy and product.
    pub fn trace(&self) -> Vec<String> {
        self.driver.trace().lines().map(str::to_owned).collect()
    }

    /// Limits the live bytes: allocations beyond `bytes` fail. 0 removes the limit.
    pub fn limit_memory(&self, bytes: usize) {
        self.driver.limit_memory(bytes);
    }
}
