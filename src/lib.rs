//! Hebbian learning in convolutional networks: rules, layers, backends, data and experiments in one place.
//!
//! This crate re-exports the workspace's crates by feature and adds experiments and the command line.
//!
//! | feature | gives | default |
//! |---|---|---|
//! | `cpu` | [`cpu`], the backend of rayon and vector kernels | yes |
//! | `cuda` | `hebb_learn::cuda`, the CUDA backend, which builds without a CUDA toolkit | no |
//! | `data` | [`data`] and [`experiment`]: datasets, TOML experiments, run folders | yes |
//! | `cli` | the command `hebb` | yes |
#![forbid(unsafe_code)]

mod error;
pub mod select;

#[cfg(feature = "cli")]
pub mod bench;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "data")]
pub mod experiment;
#[cfg(feature = "data")]
mod files;
#[cfg(feature = "data")]
pub mod filters;
#[cfg(feature = "data")]
mod interrupt;
#[cfg(feature = "cli")]
mod npz;
#[cfg(feature = "cli")]
pub mod reproduce;
#[cfg(feature = "cli")]
pub mod step;

pub use error::{Error, Result};
pub use hebb_core as core;
#[cfg(feature = "cpu")]
pub use hebb_cpu as cpu;
#[cfg(feature = "cuda")]
pub use hebb_cuda as cuda;
#[cfg(feature = "data")]
pub use hebb_data as data;

#[cfg(all(doctest, feature = "cpu"))]
#[doc = include_str!("../README.md")]
mod readme {}
