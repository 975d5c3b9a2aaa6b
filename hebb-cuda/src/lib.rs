//! The CUDA backend of hebb.
//!
//! [`CudaBackend`] implements [`hebb_core::Backend`]: matrices and activations live in device memory, products run in
//! cuBLAS, everything else in the kernels of the folder `kernels`. The crate builds without a CUDA toolkit: the driver,
//! cuBLAS and NVRTC are loaded when a backend is created. If one is missing, the error names it and the remedy.
//!
//! ```
//! use hebb_cuda::CudaBackend;
//!
//! match CudaBackend::new(0) {
//!     Ok(backend) => println!("{}", backend.description()),
//!     Err(error) => println!("no CUDA here: {error}"),
//! }
//! ```
//!
//! # Kernel images
//!
//! [`KernelImage`], set by the environment variable `HEBB_CUDA_IMAGE`, selects the origin of the machine code. By default
//! NVRTC compiles the kernels for the device, and a cache on disk keeps the result. Without NVRTC, the driver compiles the
//! PTX that is embedded in this crate.
//!
//! # What has been shown
//!
//! The kernels compile with NVRTC 12.1 and 13.5, for sm_70 to sm_121, without warnings and without register spills. The
//! compiled PTX, run by an interpreter that checks every access, passes the conformance suite of [`hebb_core`], and so does
//! this crate's host code, which reaches the interpreter through stand-ins for the driver and cuBLAS. No GPU has run it
//! yet, so we claim nothing about speed or the rounding of cuBLAS. See the crate's `README.md` for details.
#![deny(unsafe_code)]

mod backend;
mod buffer;
mod code;
pub mod cost;
mod driver;
mod error;
mod formula;
mod image;
mod kernel;
#[cfg(all(test, target_os = "linux"))]
mod nvrtc_tests;
mod options;
mod shapes;

pub use backend::CudaBackend;
pub use buffer::CudaBuffer;
pub use error::CudaError;
pub use options::{CudaOptions, KernelImage, Precision};
