//! A contiguous region of memory: bytes, initialisation flags and the shadow of accesses.

use super::shadow::Shadow;
use crate::parse::ArrayRange;

/// Fill of fresh memory: as f32 about -4e8, as an index far out of range.
const POISON: u8 = 0xcd;

#[derive(Debug)]
pub(crate) struct Region {
    pub(crate) base: u64,
    bytes: Vec<u8>,
    initialised: Vec<bool>,
    mapped: Vec<ArrayRange>,
    pub(crate) shadow: Shadow,
}

impl Region {
    /// One array of `size` bytes.
    pub(crate) fn new(base: u64, size: usize) -> Self {
        Self::with_gaps(base, vec![ArrayRange { start: 0, size }])
    }

    /// Several arrays; what lies between them is out of bounds.
    pub(crate) fn with_gaps(base: u64, mapped: Vec<ArrayRange>) -> Self {
        let size = mapped
            .iter()
            .map(|array| array.start + array.size)
            .max()
            .unwrap_or(0);
        Self {
            base,
            bytes: vec![POISON; size],
            initialised: vec![false; size],
            mapped,
            shadow: Shadow::new(size),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Forgets what was written, as between two blocks that get the same shared memory.
    pub(crate) fn forget(&mut self) {
        self.initialised.fill(false);
    }

    /// The offset of `address` if one array holds all `size` bytes.
    pub(crate) fn offset(&self, address: u64, size: usize) -> Option<usize> {
        let offset = usize::try_from(address.checked_sub(self.base)?).ok()?;
        let end = offset.checked_add(size)?;
        self.mapped
            .iter()
            .any(|a| a.start <= offset && end <= a.start + a.size)
            .then_some(offset)
    }

    pub(crate) fn is_initialised(&self, offset: usize, size: usize) -> bool {
        self.initialised[offset..offset + size].iter().all(|byte| *byte)
    }

    /// Little-endian load of up to eight bytes.
    pub(crate) fn load(&self, offset: usize, size: usize) -> u64 {
        let mut bytes = [0; 8];
        bytes[..size].copy_from_slice(&self.bytes[offset..offset + size]);
        u64::from_le_bytes(bytes)
    }

    /// Little-endian store of up to eight bytes.
    pub(crate) fn store(&mut self, offset: usize, size: usize, value: u64) {
        self.write(offset, &value.to_le_bytes()[..size]);
    }

    pub(crate) fn bytes(&self, offset: usize, size: usize) -> &[u8] {
        &self.bytes[offset..offset + size]
    }

    pub(crate) fn write(&mut self, offset: usize, bytes: &[u8]) {
        self.bytes[offset..offset + bytes.len()].copy_from_slice(bytes);
        self.initialised[offset..offset + bytes.len()].fill(true);
    }
}
