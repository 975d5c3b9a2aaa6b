//! What can go wrong between the backend and the device.

use hebb_core::{Backend, Error};

use crate::CudaBackend;

/// A missing part of CUDA, or a failure that one of its libraries reported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CudaError {
    /// There is no libcuda.
    #[error("no CUDA driver was found (libcuda); install the NVIDIA driver, or choose another backend")]
    NoDriver,
    /// There is no libcublas.
    #[error(
        "cuBLAS was not found (libcublas); install the CUDA toolkit, or run `pip install nvidia-cublas-cu12` and add \
         its lib folder to LD_LIBRARY_PATH"
    )]
    NoCublas,
    /// There is no libnvrtc, and the image asked for needs it.
    #[error(
        "NVRTC was not found (libnvrtc); install the CUDA toolkit, or run `pip install nvidia-cuda-nvrtc-cu12` and \
         add its lib folder to LD_LIBRARY_PATH, or set HEBB_CUDA_IMAGE=embedded"
    )]
    NoNvrtc,
    /// The driver knows fewer devices.
    #[error("there is no CUDA device {ordinal}; the driver sees {count}, numbered from 0")]
    NoDevice {
        /// The device asked for.
        ordinal: usize,
        /// Devices that the driver sees.
        count: usize,
    },
    /// An option has a value that it does not take.
    #[error("{name}={value} is not known; use one of {known}")]
    Option {
        /// The environment variable.
        name: &'static str,
        /// Its value.
        value: String,
        /// The values it takes.
        known: &'static str,
    },
    /// The driver refused something.
    #[error("{doing}: the CUDA driver says {status}")]
    Driver {
        /// What was being done.
        doing: String,
        /// The driver's answer.
        status: String,
    },
    /// cuBLAS refused something.
    #[error("{doing}: cuBLAS says {status}")]
    Cublas {
        /// What was being done.
        doing: &'static str,
        /// The library's answer.
        status: String,
    },
    /// NVRTC could not compile the kernels.
    #[error("NVRTC could not compile the kernels for {target}: {log}")]
    Compile {
        /// The architecture.
        target: String,
        /// The compiler's log, or its answer if there is no log.
        log: String,
    },
    /// A launch does not fit its kernel.
    #[error("the kernel {kernel} cannot be launched: {reason}; this is a bug in hebb-cuda")]
    Launch {
        /// The kernel.
        kernel: &'static str,
        /// What does not fit.
        reason: String,
    },
    /// More values than a kernel can count.
    #[error("{what} has {len} values, more than the {limit} that a kernel can count; use a smaller batch")]
    TooLarge {
        /// The operand.
        what: &'static str,
        /// Its values.
        len: usize,
        /// The most that are possible.
        limit: usize,
    },
    /// A formula, or the formulas of a rule together, are too long for the device.
    #[error(
        "the formula `{formula}` makes a program of more than {limit} instructions, which the device has no room for"
    )]
    Formula {
        /// The formula.
        formula: String,
        /// The most instructions.
        limit: usize,
    },
}

impl From<CudaError> for Error {
    fn from(error: CudaError) -> Self {
        Self::Backend {
            backend: CudaBackend::NAME,
            source: Box::new(error),
        }
    }
}
