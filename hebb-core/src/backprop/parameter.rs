use crate::backend::{Backend, buffer_of, host_of};
use crate::error::{Error, Result, check_finite};

/// Values that are learned, with their gradient and what the optimizer remembers of it.
#[derive(Debug)]
pub(crate) struct Parameter<B: Backend> {
    pub(super) len: usize,
    pub(super) value: B::Buffer,
    /// ∂L/∂value of the last batch.
    pub(super) gradient: B::Buffer,
    /// SGD's velocity, or Adam's first and second moment.
    pub(super) memory: [B::Buffer; 2],
}

impl<B: Backend> Parameter<B> {
    pub(super) fn new(backend: &B, values: &[f32]) -> Result<Self> {
        let zeros = || backend.zeros(values.len());
        Ok(Self {
            len: values.len(),
            value: buffer_of(backend, values)?,
            gradient: zeros()?,
            memory: [zeros()?, zeros()?],
        })
    }

    pub(super) fn forget(&mut self, backend: &B) -> Result<()> {
        self.memory = [backend.zeros(self.len)?, backend.zeros(self.len)?];
        Ok(())
    }

    pub(super) fn host(&self, backend: &B) -> Result<Vec<f32>> {
        host_of(backend, &self.value, self.len)
    }

    /// Replaces the values; what the optimizer remembers stays.
    pub(super) fn set(&mut self, backend: &B, name: &str, values: &[f32]) -> Result<()> {
        if values.len() != self.len {
            return Err(Error::shape(name, self.len, values.len()));
        }
        check_finite(name, values)?;
        backend.upload(values, &mut self.value)
    }
}
