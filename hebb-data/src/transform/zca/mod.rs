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
mod whitening;

pub use filter::{ZcaFilter, ZcaFilterSpec};
pub use image::{Zca, ZcaSpec};
pub use options::Divisor;
pub use patches::{ZcaPatches, ZcaPatchesSpec};

use ndarray::{Array, Array1, Dimension, Ix1};

use super::{Tensors, tensor};
use crate::Result;

/// The fitted arrays by name: the whitening map and, for a centred fit, the mean.
fn tensors<D: Dimension>(name: &str, map: &Array<f32, D>, mean: Option<&Array1<f32>>) -> Tensors {
    let map = (name.to_owned(), map.clone().into_dyn());
    let mean = mean.map(|mean| ("mean".to_owned(), mean.clone().into_dyn()));
    std::iter::once(map).chain(mean).collect()
}

/// The saved mean of a centred fit.
fn restored_mean(
    tensors: &Tensors,
    name: &'static str,
    center: bool,
    len: usize,
) -> Result<Option<Array1<f32>>> {
    center
        .then(|| tensor(tensors, name, "mean", Ix1(len)))
        .transpose()
}
