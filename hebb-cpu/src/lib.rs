#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod backend;
mod blocked;
mod convolution;
mod events;
mod fused;
mod given;
mod instructions;
mod math;
mod memory;
mod parallel;
mod patches;
mod primitives;
mod product;
mod winograd;

pub use backend::CpuBackend;
pub use memory::CpuScratch;
