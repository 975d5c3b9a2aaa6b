//! The operations that every backend has, each parallel over rows or images.

pub(crate) mod activate;
pub(crate) mod adjoint;
pub(crate) mod columns;
pub(crate) mod compete;
pub(crate) mod im2col;
pub(crate) mod map;
pub(crate) mod pool;
pub(crate) mod random;
pub(crate) mod rows;
pub(crate) mod similarity;
pub(crate) mod sums;

// Vectorized loops, for the operations.
use crate::simd::{kernel, vectorized};
