#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

mod backend;
mod fused;
mod gemm;
mod memory;
mod parallel;
mod primitives;

pub use backend::CpuBackend;
