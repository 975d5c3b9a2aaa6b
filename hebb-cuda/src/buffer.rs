//! Buffers of f32 values in device memory.

use cudarc::driver::CudaSlice;
use hebb_core::{Error, Result};

/// f32 values in device memory, freed when dropped.
#[derive(Debug)]
pub struct CudaBuffer {
    /// At least one value, because the driver allocates nothing smaller.
    pub(crate) values: CudaSlice<f32>,
    pub(crate) len: usize,
}

impl CudaBuffer {
    /// Checks that the buffer holds at least `len` values; `what` names it in the error.
    pub(crate) fn need(&self, what: &str, len: usize) -> Result<&Self> {
        self.check(what, len)?;
        Ok(self)
    }

    /// [`CudaBuffer::need`] for a buffer that is written.
    pub(crate) fn need_mut(&mut self, what: &str, len: usize) -> Result<&mut Self> {
        self.check(what, len)?;
        Ok(self)
    }

    fn check(&self, what: &str, len: usize) -> Result<()> {
        if self.len >= len {
            return Ok(());
        }
        Err(Error::shape(
            format!("the operand {what}"),
            format!("at least {len}"),
            format!("{} values", self.len),
        ))
    }
}
