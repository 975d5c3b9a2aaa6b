//! Stand-in for libcuda: the part of the driver API that cudarc calls, over the PTX interpreter.
//!
//! It counts calls and bytes, rejects what a driver rejects (unknown handles, calls without a context, launches beyond the
//! limits of a device) and collects the defects that the interpreter finds. After an illegal access every call fails with
//! `CUDA_ERROR_ILLEGAL_ADDRESS`, as on a GPU, until the reports are taken. Calls complete synchronously; the module `order`
//! reports races that another order of the streams would expose.
//!
//! The functions keep the names and signatures of the driver API, which documents them. Each of them is unsafe in the
//! same way as there: pointers must be valid for what the API says is read or written.
#![allow(
    non_snake_case,
    clippy::missing_safety_doc,
    reason = "the driver API's names and contracts"
)]

mod counts;
mod device;
mod execution;
mod memory;
mod observe;
mod order;
mod state;
mod status;
mod stream;

pub use counts::Counts;
pub use device::*;
pub use execution::*;
pub use memory::*;
pub use observe::*;
pub use status::*;
pub use stream::*;

/// An opaque pointer of the driver API.
pub type CudaHandle = *mut std::ffi::c_void;
