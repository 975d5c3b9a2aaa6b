#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

mod backend;
mod blocked;
mod events;
mod fused;
mod gemm;
mod given;
mod instructions;
mod math;
mod memory;
mod parallel;
mod primitives;

pub use backend::CpuBackend;
