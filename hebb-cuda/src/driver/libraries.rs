//! Presence of the CUDA libraries on this machine.

use std::sync::OnceLock;

use crate::error::CudaError;

/// A library that is loaded when it is first needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Library {
    Driver,
    Cublas,
    Nvrtc,
}

impl Library {
    /// Returns true if the library can be loaded. A call into a missing library panics, so every use checks this first.
    pub(crate) fn is_present(self) -> bool {
        static FOUND: [OnceLock<bool>; 3] = [const { OnceLock::new() }; 3];
        // SAFETY: loads the library and lets it go; only its constructors run.
        *FOUND[self as usize].get_or_init(|| unsafe {
            match self {
                Self::Driver => cudarc::driver::sys::is_culib_present(),
                Self::Cublas => cudarc::cublas::sys::is_culib_present(),
                Self::Nvrtc => cudarc::nvrtc::sys::is_culib_present(),
            }
        })
    }

    /// Refuses a library that is missing.
    pub(super) fn require(self) -> Result<(), CudaError> {
        match self {
            _ if self.is_present() => Ok(()),
            Self::Driver => Err(CudaError::NoDriver),
            Self::Cublas => Err(CudaError::NoCublas),
            Self::Nvrtc => Err(CudaError::NoNvrtc),
        }
    }
}
