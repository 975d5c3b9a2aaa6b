//! Uploads from pinned memory on a stream of their own, beside the work on the device.
//!
//! The host fills a pinned stage and returns; the copy stream copies the stage to the device; the compute stream moves the
//! values to their buffer. Two stages alternate, so that one batch is copied while the device works on the one before.
//! Events order the three: the host refills a stage once its last copy has arrived, the copy stream overwrites the stage on
//! the device once its values have left, and the compute stream moves them once they have arrived.

use std::sync::Arc;

use cudarc::driver::{CudaEvent, CudaSlice, CudaStream, DevicePtrMut, DriverError, PinnedHostSlice, result};

use crate::buffer::CudaBuffer;

/// Largest size of a stage in values, 16 MiB; longer copies are split.
const MOST: usize = 4 << 20;

/// The stages and the stream that copies them.
#[derive(Debug)]
pub(super) struct Uploads {
    copying: Arc<CudaStream>,
    /// Empty before the first copy.
    stages: Vec<Stage>,
    next: usize,
}

#[derive(Debug)]
struct Stage {
    pinned: PinnedHostSlice<f32>,
    values: CudaSlice<f32>,
    /// The values have reached the device.
    arrived: CudaEvent,
    /// The values have been moved to their buffer.
    left: CudaEvent,
}

impl Drop for Stage {
    fn drop(&mut self) {
        // Clears an error that another drop left in the context, which would be returned here instead of waiting.
        let _ = self.arrived.context().check_err();
        // The pinned memory is freed with the stage, so its last copy must have ended.
        let _ = self.arrived.synchronize();
    }
}

impl Stage {
    fn new(working: &Arc<CudaStream>, len: usize) -> Result<Self, DriverError> {
        let context = working.context();
        // SAFETY: a stage is filled before it is read, and f32 has no invalid bit patterns.
        let pinned = unsafe { context.alloc_pinned(len)? };
        let stage = Self {
            pinned,
            values: working.alloc_zeros(len)?,
            arrived: context.new_event(None)?,
            left: context.new_event(None)?,
        };
        // The memory is there once the stream of work has come to its allocation.
        stage.left.record(working)?;
        Ok(stage)
    }

    /// Copies `host` to `to` from its `offset` on.
    fn pass_on(
        &mut self,
        [copying, working]: [&Arc<CudaStream>; 2],
        host: &[f32],
        to: &mut CudaBuffer,
        offset: usize,
    ) -> Result<(), DriverError> {
        self.arrived.synchronize()?;
        let pinned = &mut self.pinned.as_mut_slice()?[..host.len()];
        pinned.copy_from_slice(host);
        copying.wait(&self.left)?;
        let (address, _values) = self.values.device_ptr_mut(copying);
        // SAFETY: the stage holds at least as many values as it was filled with. Neither side of the copy is touched before
        // it is done: the host waits for `arrived` above and when the stage is dropped, the stream of work does below.
        unsafe { result::memcpy_htod_async(address, pinned, copying.cu_stream())? };
        drop(_values);
        self.arrived.record(copying)?;
        working.wait(&self.arrived)?;
        let mut place = to.values.slice_mut(offset..offset + host.len());
        working.memcpy_dtod(&self.values.slice(..host.len()), &mut place)?;
        self.left.record(working)
    }
}

impl Uploads {
    pub(super) fn new(working: &CudaStream) -> Result<Self, DriverError> {
        Ok(Self {
            copying: working.context().new_stream()?,
            stages: Vec::new(),
            next: 0,
        })
    }

    /// Copies `host` to the start of a buffer that is long enough. `host` may change when this returns.
    pub(super) fn run(
        &mut self,
        working: &Arc<CudaStream>,
        host: &[f32],
        to: &mut CudaBuffer,
    ) -> Result<(), DriverError> {
        for (index, piece) in host.chunks(MOST).enumerate() {
            self.grow(working, piece.len())?;
            let stage = &mut self.stages[self.next];
            self.next = 1 - self.next;
            stage.pass_on([&self.copying, working], piece, to, index * MOST)?;
        }
        Ok(())
    }

    /// Makes both stages at least `len` values long.
    fn grow(&mut self, working: &Arc<CudaStream>, len: usize) -> Result<(), DriverError> {
        if self.stages.first().is_some_and(|stage| stage.pinned.len() >= len) {
            return Ok(());
        }
        self.stages.clear();
        self.stages = vec![Stage::new(working, len)?, Stage::new(working, len)?];
        Ok(())
    }
}
