//! Buffers: allocation that may fail, and length checks that name the operand.

use crate::CpuBackend;
use hebb_core::backend::Backend;
use hebb_core::{Error, Result};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// `len` zeros, or [`Error::OutOfMemory`].
pub(crate) fn zeros(len: usize) -> Result<Vec<f32>> {
    let mut values = Vec::new();
    if values.try_reserve_exact(len).is_err() {
        return Err(Error::OutOfMemory {
            backend: CpuBackend::NAME,
            bytes: len.saturating_mul(size_of::<f32>()),
        });
    }
    values.resize(len, 0.0);
    Ok(values)
}

/// Memory that a layer keeps between batches for the fused pass and the convolutions of the CPU backend.
#[derive(Debug, Default)]
pub struct CpuScratch {
    pub(crate) fused: Vec<f32>,
    pub(crate) partials: Vec<f32>,
}

/// Takes a kept buffer of at least `len` values out of its place; its contents are unspecified.
pub(crate) fn take(kept: &mut Vec<f32>, len: usize) -> Result<Vec<f32>> {
    match std::mem::take(kept) {
        values if values.len() >= len => Ok(values),
        _ => zeros(len),
    }
}

/// Memory of the backend for sums of its own, kept from call to call.
#[derive(Debug, Default)]
pub(crate) struct Spare(Mutex<Vec<Vec<f32>>>);

impl Spare {
    /// Calls `with` with `len` values, whatever they are; calls at the same time do not share memory.
    pub(crate) fn with<T>(&self, len: usize, with: impl FnOnce(&mut [f32]) -> T) -> Result<T> {
        let mut values = self.lock().pop().unwrap_or_default();
        if values.len() < len {
            values = zeros(len)?;
        }
        let result = with(&mut values[..len]);
        self.lock().push(values);
        Ok(result)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Vec<f32>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Values of a cache line, to which vectors are aligned.
pub(crate) const LINE: usize = 16;

/// Brings the cache line of a value near; does nothing where the processor has no such instruction or there is no value.
#[inline(always)]
pub(crate) fn fetch(values: &[f32], at: usize) {
    #[cfg(target_arch = "x86_64")]
    if let (Some(value), Some(sse)) = (values.get(at), pulp::core_arch::x86::Sse::try_new()) {
        use std::arch::x86_64::_MM_HINT_T0;
        sse._mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(value).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (values, at);
}

/// The size of a part that [`aligned`] cuts `len` values out of.
pub(crate) const fn with_alignment(len: usize) -> usize {
    len + LINE - 1
}

/// `len` values that start at a cache line, so that no vector lies in two.
pub(crate) fn aligned(values: &mut [f32], len: usize) -> &mut [f32] {
    let start = values.as_ptr().align_offset(LINE * size_of::<f32>());
    &mut values[start..start + len]
}

/// The first `len` values, or an error that names the operand.
pub(crate) fn prefix<'a>(what: &str, values: &'a [f32], len: usize) -> Result<&'a [f32]> {
    values
        .get(..len)
        .ok_or_else(|| too_short(what, len, values.len()))
}

/// The first `len` values, or an error that names the operand.
pub(crate) fn prefix_mut<'a>(what: &str, values: &'a mut [f32], len: usize) -> Result<&'a mut [f32]> {
    let found = values.len();
    values.get_mut(..len).ok_or_else(|| too_short(what, len, found))
}

/// An operand that may be left out.
pub(crate) fn optional<'a>(
    what: &str,
    values: Option<&'a Vec<f32>>,
    len: usize,
) -> Result<Option<&'a [f32]>> {
    values.map(|values| prefix(what, values, len)).transpose()
}

fn too_short(what: &str, needed: usize, found: usize) -> Error {
    Error::shape(what, format!("{needed} values"), format!("{found} values"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_beyond_all_memory_is_an_error() {
        let message = zeros(usize::MAX / 8).unwrap_err().to_string();
        assert!(message.contains("out of memory: cpu"), "{message}");
    }

    #[test]
    fn a_short_operand_is_named() {
        let message = prefix("the weights", &[0.0; 3], 4).unwrap_err().to_string();
        assert_eq!(message, "the weights: expected 4 values, found 3 values");
    }
}
