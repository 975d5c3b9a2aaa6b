//! Which of CUDA's libraries this machine has.

use std::sync::OnceLock;

/// A library that is loaded when it is first needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Library {
    Driver,
    Cublas,
    Nvrtc,
}

impl Library {
    /// Looks once. A call into a library that is missing would panic, so every use asks here first.
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
}
