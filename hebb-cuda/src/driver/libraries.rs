//! Which of CUDA's libraries this machine has.

use std::sync::OnceLock;

/// What was found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Libraries {
    pub(crate) driver: bool,
    pub(crate) cublas: bool,
    pub(crate) nvrtc: bool,
}

/// Looks once. A call into a library that is missing would panic, so every use asks here first.
pub(crate) fn libraries() -> Libraries {
    static FOUND: OnceLock<Libraries> = OnceLock::new();
    // SAFETY: loads the libraries and lets them go; only their constructors run.
    *FOUND.get_or_init(|| unsafe {
        Libraries {
            driver: cudarc::driver::sys::is_culib_present(),
            cublas: cudarc::cublas::sys::is_culib_present(),
            nvrtc: cudarc::nvrtc::sys::is_culib_present(),
        }
    })
}
