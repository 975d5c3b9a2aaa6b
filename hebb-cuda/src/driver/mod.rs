//! The device handle. All unsafe code of the crate is in this module.
//!
//! The functions here take operands whose lengths have been checked, or check them; each `unsafe` block states what remains
//! to be trusted. In short:
//!
//! - Libraries are loaded by cudarc. Loading runs their constructors, which is what loading a driver means.
//! - [`cudarc::driver::CudaSlice`] owns device memory, and one stream orders all work on it, so that neither the host nor
//!   another stream sees it half written. cudarc's own event tracking is therefore off. Uploads go through a stage, on a
//!   second stream that events order (`uploads`).
//! - Launches pass what the kernel declares: [`crate::kernel::Signature`] checks count, kind and size. That a kernel
//!   stays within its operands is the kernel's contract, which the interpreter suite checks.
#![allow(unsafe_code)]

mod compile;
mod device;
mod failure;
mod launch;
mod libraries;
mod memory;
mod products;
mod uploads;

pub(crate) use compile::{CompileTarget, compile, nvrtc_version, supported_architectures};
pub(crate) use device::Device;
pub(crate) use launch::{Argument, FormulaOperand, LaunchConfig, arguments};
pub(crate) use libraries::Library;

#[cfg(all(test, target_os = "linux"))]
mod tests;
