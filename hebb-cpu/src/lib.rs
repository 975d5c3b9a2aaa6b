#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod backend;
mod convolution;
mod device;
mod gemm;
mod image;
mod math;
mod memory;
mod pass;
mod primitives;
mod scratch;
mod simd;
mod threads;
mod winograd;

pub use device::CpuBackend;
pub use scratch::CpuScratch;
