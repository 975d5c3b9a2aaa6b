//! Allocations of device memory. Addresses are never reused, so a stale pointer hits nothing.

use super::Region;
use crate::error::MemoryError;

const FIRST: u64 = 0x7000_0000_0000;
const ALIGNMENT: u64 = 256;
/// Unmapped bytes after each allocation.
const GAP: u64 = 4096;

#[derive(Debug)]
pub(crate) struct Global {
    /// Sorted by base, since bases only grow.
    regions: Vec<Region>,
    next: u64,
    last: usize,
}

impl Global {
    pub(crate) fn new() -> Self {
        Self {
            regions: Vec::new(),
            next: FIRST,
            last: 0,
        }
    }

    pub(crate) fn allocate(&mut self, bytes: usize) -> u64 {
        let base = self.next;
        self.next += (bytes as u64).next_multiple_of(ALIGNMENT) + GAP;
        self.regions.push(Region::new(base, bytes));
        base
    }

    pub(crate) fn free(&mut self, address: u64) -> Result<usize, MemoryError> {
        match self.regions.binary_search_by_key(&address, |region| region.base) {
            Ok(index) => Ok(self.regions.remove(index).len()),
            Err(_) => Err(MemoryError::NotAllocated { address }),
        }
    }

    /// The allocation that starts at or before `address`, as an index for [`Global::region`].
    pub(crate) fn find(&mut self, address: u64) -> Option<usize> {
        let holds = |region: &Region| address >= region.base && address - region.base < region.len() as u64;
        if self.regions.get(self.last).is_some_and(holds) {
            return Some(self.last);
        }
        self.last = self
            .regions
            .partition_point(|region| region.base <= address)
            .checked_sub(1)?;
        Some(self.last)
    }

    pub(crate) fn region(&mut self, index: usize) -> &mut Region {
        &mut self.regions[index]
    }

    /// The allocation and offset of a host access.
    pub(crate) fn locate(&mut self, address: u64, bytes: usize) -> Result<(&mut Region, usize), MemoryError> {
        let index = self
            .find(address)
            .ok_or(MemoryError::Unmapped { address, bytes })?;
        let region = &mut self.regions[index];
        match region.offset(address, bytes) {
            Some(offset) => Ok((region, offset)),
            None if address - region.base > region.len() as u64 => {
                Err(MemoryError::Unmapped { address, bytes })
            }
            None => {
                let (base, size) = (region.base, region.len());
                Err(MemoryError::Overrun {
                    address,
                    bytes,
                    base,
                    size,
                })
            }
        }
    }
}
