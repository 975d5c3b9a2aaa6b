//! Memory that a layer keeps between batches, so that the steady state allocates nothing.

use super::Backend;
use crate::error::Result;

/// The purpose of a kept buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// X, the patch matrix.
    Patches,
    /// v, the weights as the similarity takes them.
    Weights,
    /// u.
    Similarity,
    /// y.
    Activity,
    /// A, or another value for each patch and unit.
    Factor,
    /// The columns of an outer-product decay, P×N.
    Columns,
    /// The output before pooling.
    Output,
    /// |x|² of each patch.
    PatchNorms,
    /// |w|² of each unit.
    UnitNorms,
    /// One value for each unit.
    Units,
    /// The largest size of an entry of an update, one value.
    Largest,
    /// The rule's states as this batch sees them.
    States,
}

const SLOTS: usize = Slot::States as usize + 1;

/// Buffers by purpose, each grown to the largest length asked for, and the backend's own [`Backend::Scratch`].
#[derive(Debug)]
pub struct Workspace<B: Backend> {
    slots: [Option<B::Buffer>; SLOTS],
    /// Memory of the backend's own kernels; its contents are unspecified between calls.
    pub scratch: B::Scratch,
}

impl<B: Backend> Default for Workspace<B> {
    fn default() -> Self {
        Self {
            slots: std::array::from_fn(|_| None),
            scratch: B::Scratch::default(),
        }
    }
}

impl<B: Backend> Workspace<B> {
    /// Takes a buffer of at least `len` values out; its contents are unspecified. [`Self::put`] brings it back.
    ///
    /// # Errors
    /// [`crate::Error::OutOfMemory`].
    pub fn take(&mut self, backend: &B, slot: Slot, len: usize) -> Result<B::Buffer> {
        match self.slots[slot as usize].take() {
            Some(buffer) if backend.len(&buffer) >= len => Ok(buffer),
            _ => backend.zeros(len),
        }
    }

    /// Brings a buffer back for the next batch.
    pub fn put(&mut self, slot: Slot, buffer: B::Buffer) {
        self.slots[slot as usize] = Some(buffer);
    }
}
