//! Whitening by zero-phase component analysis.
//!
//! With C the covariance of the training data, W = (C + ε I)^(−1/2) is the symmetric whitening matrix: W x has nearly
//! uncorrelated features and stays as close to x as whitening allows (A. Bell, T. Sejnowski, "The independent
//! components of natural scenes are edge filters", Vision Research 37, 1997). Covariances are sums of f32 products of
//! 1,024 rows in f64, in a fixed order, and the decomposition is f64 on one thread: the bits do not depend on threads.

mod filter;
mod image;
mod inverse_root;
mod mirror;
mod moments;
mod options;
mod patch_fit;
mod patches;
mod rows;

pub use filter::{ZcaFilter, ZcaFilterSpec};
pub use image::{Zca, ZcaSpec};
pub use options::Divisor;
pub use patches::{ZcaPatches, ZcaPatchesSpec};
