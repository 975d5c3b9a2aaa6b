//! The loaded stand-ins and their functions.

use std::path::PathBuf;

use hebb_mock_cuda::Counts;
use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};

type TakeText = unsafe extern "C" fn(*mut u8, usize) -> usize;

/// The functions of the stand-in of libcuda that are no part of the driver API.
pub(crate) struct Driver {
    counts: unsafe extern "C" fn(*mut Counts),
    reset: extern "C" fn(),
    limit_memory: extern "C" fn(usize),
    take_reports: TakeText,
    take_trace: TakeText,
}

impl Driver {
    /// Loads both stand-ins for the life of the process.
    pub(crate) fn load() -> Result<Self, String> {
        let cuda = open("libhebb_mock_cuda.so")?;
        std::mem::forget(open("libhebb_mock_cublas.so")?);
        // SAFETY: the names belong to functions of these types in hebb-mock-cuda.
        let driver = unsafe {
            Self {
                counts: symbol(&cuda, "hebb_mock_counts")?,
                reset: symbol(&cuda, "hebb_mock_reset")?,
                limit_memory: symbol(&cuda, "hebb_mock_limit_memory")?,
                take_reports: symbol(&cuda, "hebb_mock_take_reports")?,
                take_trace: symbol(&cuda, "hebb_mock_take_trace")?,
            }
        };
        std::mem::forget(cuda);
        Ok(driver)
    }

    pub(crate) fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        // SAFETY: the pointer is to a local.
        unsafe { (self.counts)(&raw mut counts) };
        counts
    }

    pub(crate) fn reset(&self) {
        (self.reset)();
    }

    pub(crate) fn limit_memory(&self, bytes: usize) {
        (self.limit_memory)(bytes);
    }

    pub(crate) fn reports(&self) -> String {
        take(self.take_reports)
    }

    pub(crate) fn trace(&self) -> String {
        take(self.take_trace)
    }
}

/// Calls `function` with more and more room until the text fits.
fn take(function: TakeText) -> String {
    let mut buffer = vec![0; 1 << 16];
    loop {
        // SAFETY: the buffer has the room that is stated.
        let length = unsafe { function(buffer.as_mut_ptr(), buffer.len()) };
        if length <= buffer.len() {
            return String::from_utf8_lossy(&buffer[..length]).into_owned();
        }
        buffer.resize(length, 0);
    }
}

/// The folder of the running binary, where cargo puts the cdylibs of its dependencies.
fn folder() -> Result<PathBuf, String> {
    let binary = std::env::current_exe().map_err(|error| format!("the test binary: {error}"))?;
    binary
        .parent()
        .map(PathBuf::from)
        .ok_or_else(|| format!("{} has no folder", binary.display()))
}

fn open(name: &str) -> Result<Library, String> {
    let path = folder()?.join(name);
    // SAFETY: the library is built from this workspace and runs no code when loaded.
    let library = unsafe { Library::open(Some(&path), RTLD_NOW | RTLD_GLOBAL) };
    library.map_err(|error| format!("{}: {error}", path.display()))
}

unsafe fn symbol<T: Copy>(library: &Library, name: &str) -> Result<T, String> {
    // SAFETY: the caller vouches for the type.
    let symbol = unsafe { library.get::<T>(name.as_bytes()) };
    symbol
        .map(|symbol| *symbol)
        .map_err(|error| format!("{name}: {error}"))
}
