//! Puts the stand-ins of libcuda and libcublas under a test, and asks them what they saw.
//!
//! The stand-ins are cdylibs named `libcuda.so` and `libcublas.so` inside. Loading them first, by their path, makes
//! the dynamic loader answer a later request for those names with them, so that cudarc uses them unmodified. Cargo
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

/// A test's turn on the stand-in driver. Counts start at zero.
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

    /// What has passed through since the start or the last [`GpuSession::reset`].
    pub fn counts(&self) -> Counts {
        self.driver.counts()
    }

    /// Starts counts and trace anew.
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

    /// Lets allocations beyond `bytes` alive at a time fail; 0 lifts the limit.
    pub fn limit_memory(&self, bytes: usize) {
        self.driver.limit_memory(bytes);
    }
}
