//! Buffers: fallible allocation, memory that is kept between calls, alignment to cache lines, and length checks.

use hebb_core::{Error, Result};
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The backend's name, on the command line and in errors.
pub(crate) const NAME: &str = "cpu";

/// `len` zeros, or [`Error::OutOfMemory`].
pub(crate) fn zeros<T: Copy + Default>(len: usize) -> Result<Vec<T>> {
    let mut values = Vec::new();
    cleared(&mut values, len)?;
    Ok(values)
}

/// Makes a vector one of `len` zeros, in its own memory if that is enough.
pub(crate) fn cleared<T: Copy + Default>(values: &mut Vec<T>, len: usize) -> Result<()> {
    values.clear();
    reserve(values, len)?;
    values.resize(len, T::default());
    Ok(())
}

/// Makes room for `len` values in an empty vector.
pub(crate) fn reserve<T>(values: &mut Vec<T>, len: usize) -> Result<()> {
    values.try_reserve_exact(len).map_err(|_| Error::OutOfMemory {
        backend: NAME,
        bytes: len.saturating_mul(size_of::<T>()),
    })
}

/// A buffer that is kept between calls: it grows to the largest length asked for and starts at a cache line.
#[derive(Debug, Default)]
pub(crate) struct KeptBuffer {
    values: Vec<f32>,
    len: usize,
}

impl KeptBuffer {
    /// Makes it `len` values, whatever they are, and returns them.
    pub(crate) fn take(&mut self, len: usize) -> Result<&mut [f32]> {
        if len > 0 && self.values.len() < aligned_len(len) {
            self.values = zeros(aligned_len(len))?;
        }
        self.len = len;
        Ok(self)
    }
}

impl Deref for KeptBuffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        match self.len {
            0 => &[],
            len => &self.values[alignment(&self.values)..][..len],
        }
    }
}

impl DerefMut for KeptBuffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        match self.len {
            0 => &mut [],
            len => aligned(&mut self.values, len),
        }
    }
}

/// Buffers of the backend's own, kept from call to call.
#[derive(Debug, Default)]
pub(crate) struct BufferPool(Mutex<Vec<Vec<f32>>>);

impl BufferPool {
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

/// Prefetches the cache line of a value; does nothing where the processor has no such instruction or there is no value.
#[inline(always)]
pub(crate) fn prefetch(values: &[f32], at: usize) {
    #[cfg(target_arch = "x86_64")]
    if let (Some(value), Some(sse)) = (values.get(at), pulp::core_arch::x86::Sse::try_new()) {
        use std::arch::x86_64::_MM_HINT_T0;
        sse._mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(value).cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (values, at);
}

/// The length of a buffer that [`aligned`] cuts `len` values out of.
pub(crate) const fn aligned_len(len: usize) -> usize {
    len + LINE - 1
}

/// `len` values that start at a cache line, so that no vector lies in two.
pub(crate) fn aligned(values: &mut [f32], len: usize) -> &mut [f32] {
    let start = alignment(values);
    &mut values[start..start + len]
}

fn alignment(values: &[f32]) -> usize {
    values.as_ptr().align_offset(LINE * size_of::<f32>())
}

/// `len`, or 0 for values that nothing reads.
pub(crate) fn len_if(read: bool, len: usize) -> usize {
    if read { len } else { 0 }
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
        let message = zeros::<f32>(usize::MAX / 8).unwrap_err().to_string();
        assert!(message.contains("out of memory: cpu"), "{message}");
    }

    #[test]
    fn a_kept_buffer_starts_at_a_cache_line_and_keeps_its_values() {
        let mut buffer = KeptBuffer::default();
        for len in [100, 7] {
            let values = buffer.take(len).unwrap();
            assert_eq!((values.len(), alignment(values)), (len, 0));
            values.fill(len as f32);
            assert_eq!(*buffer, vec![len as f32; len]);
        }
    }

    #[test]
    fn a_short_operand_is_named() {
        let message = prefix("the weights", &[0.0; 3], 4).unwrap_err().to_string();
        assert_eq!(message, "the weights: expected 4 values, found 3 values");
    }
}
