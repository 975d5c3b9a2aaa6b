//! Errors of the CUDA backend.

use hebb_core::Error;

/// Name of the backend in errors.
pub(crate) const NAME: &str = "cuda";

/// A missing part of CUDA, or a failure that one of its libraries reported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CudaError {
    /// libcuda is missing.
    #[error("no CUDA driver was found (libcuda); install the NVIDIA driver, or choose another backend")]
    NoDriver,
    /// libcublas is missing.
    #[error(
        "cuBLAS was not found (libcublas); install the CUDA toolkit, or run `pip install nvidia-cublas-cu12` and add \
         its lib folder to LD_LIBRARY_PATH"
    )]
    NoCublas,
    /// libnvrtc is missing, and the chosen image needs it.
    #[error(
        "NVRTC was not found (libnvrtc); install the CUDA toolkit, or run `pip install nvidia-cuda-nvrtc-cu12` and \
         add its lib folder to LD_LIBRARY_PATH, or set HEBB_CUDA_IMAGE=embedded"
    )]
    NoNvrtc,
    /// The ordinal is not below the number of devices.
    #[error("there is no CUDA device {ordinal}; the driver sees {count}, numbered from 0")]
    NoDevice {
        /// Ordinal of the device.
        ordinal: usize,
        /// Number of devices that the driver sees.
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
        known: String,
    },
    /// A call of the CUDA driver failed.
    #[error("{doing}: the CUDA driver returned {status}")]
    Driver {
        /// The operation that failed.
        doing: String,
        /// Status code of the driver.
        status: String,
    },
    /// A call of cuBLAS failed.
    #[error("{doing}: cuBLAS returned {status}")]
    Cublas {
        /// The operation that failed.
        doing: String,
        /// Status code of cuBLAS.
        status: String,
    },
    /// NVRTC failed to compile the kernels.
    #[error("NVRTC could not compile the kernels for {target}: {log}")]
    Compile {
        /// The architecture.
        target: String,
        /// The compiler's log, or its status if there is no log.
        log: String,
    },
    /// The arguments of a launch do not match the kernel's signature.
    #[error("the kernel {kernel} cannot be launched: {reason}; this is a bug in hebb-cuda")]
    Launch {
        /// The kernel.
        kernel: &'static str,
        /// The mismatch.
        reason: String,
    },
    /// An operand has more values than a kernel can index.
    #[error("{what} has {len} values, more than the {limit} that a kernel can index; use a smaller batch")]
    TooLarge {
        /// The operand.
        what: &'static str,
        /// Its length.
        len: usize,
        /// The largest supported length.
        limit: usize,
    },
    /// The formulas of a launch read more operands than a kernel takes.
    #[error(
        "the formulas read {count} operands, more than the {limit} that a kernel takes; use fewer states"
    )]
    Operands {
        /// Number of operands.
        count: usize,
        /// The largest number of operands.
        limit: usize,
    },
    /// A formula, or the formulas of a rule together, exceed the size of a device program.
    #[error(
        "the formula `{formula}` compiles to more than {limit} instructions, the limit of a device program; simplify it"
    )]
    Formula {
        /// The formula.
        formula: String,
        /// The largest number of instructions.
        limit: usize,
    },
}

impl From<CudaError> for Error {
    fn from(error: CudaError) -> Self {
        Self::Backend {
            backend: NAME,
            source: Box::new(error),
        }
    }
}
