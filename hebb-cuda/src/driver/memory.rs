//! Allocation, copies and fills of device memory.

use std::sync::PoisonError;

use cudarc::driver::{DriverError, sys};
use hebb_core::{Error, Result};

use super::device::Device;
use super::failure::Doing;
use crate::buffer::CudaBuffer;
use crate::error::{CudaError, NAME};

impl Device {
    /// A buffer of `len` zeros.
    pub(crate) fn zeros(&self, len: usize) -> Result<CudaBuffer> {
        let values = match self.stream.alloc_zeros::<f32>(len.max(1)) {
            Err(DriverError(sys::CUresult::CUDA_ERROR_OUT_OF_MEMORY)) => {
                let bytes = len.saturating_mul(size_of::<f32>());
                return Err(Error::OutOfMemory { backend: NAME, bytes });
            }
            answer => answer.doing("allocating memory")?,
        };
        Ok(CudaBuffer { values, len })
    }

    /// Copies `host` to the start of a buffer that is long enough.
    pub(crate) fn upload(&self, host: &[f32], to: &mut CudaBuffer) -> Result<(), CudaError> {
        let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        uploads.run(&self.stream, host, to).doing("copying to the device")
    }

    /// Fills `host` from the start of a buffer that is long enough, and waits for it.
    pub(crate) fn download(&self, from: &CudaBuffer, host: &mut [f32]) -> Result<(), CudaError> {
        if host.is_empty() {
            return Ok(());
        }
        let copied = self.stream.memcpy_dtoh(&from.values.slice(..host.len()), host);
        copied.doing("copying from the device")?;
        self.synchronize()
    }

    /// Copies the first `len` values between buffers that are long enough.
    pub(crate) fn copy(&self, len: usize, from: &CudaBuffer, to: &mut CudaBuffer) -> Result<(), CudaError> {
        if len == 0 {
            return Ok(());
        }
        let copied = self
            .stream
            .memcpy_dtod(&from.values.slice(..len), &mut to.values.slice_mut(..len));
        copied.doing("copying on the device")
    }

    /// Sets the first `len` values of a buffer that is long enough to zero.
    pub(crate) fn clear(&self, len: usize, x: &mut CudaBuffer) -> Result<(), CudaError> {
        if len == 0 {
            return Ok(());
        }
        let cleared = self.stream.memset_zeros(&mut x.values.slice_mut(..len));
        cleared.doing("clearing memory")
    }
}
