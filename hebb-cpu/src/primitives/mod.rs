//! The required operations of a backend, each parallel over rows or images.

pub(crate) mod activate;
pub(crate) mod compete;
pub(crate) mod im2col;
pub(crate) mod map;
pub(crate) mod pool;
pub(crate) mod rows;
pub(crate) mod similarity;
pub(crate) mod sums;

/// Runs `work` with the widest vector instructions that this machine has.
///
/// What `work` calls must be inlined into it to be compiled with them.
#[inline]
pub(crate) fn vectorized<T>(work: impl FnOnce() -> T) -> T {
    pulp::Arch::new().dispatch(work)
}
