//! Batch statistics: mean and variance of each channel, of a batch and running, kept on the device.

use crate::backend::{Backend, ColumnNorm, Dims, Operand, buffer_of, host_of};
use crate::error::Result;
use crate::formula::Formula;

/// The mean and the variance of each channel.
#[derive(Debug)]
pub(crate) struct Moments<B: Backend> {
    mean: B::Buffer,
    variance: B::Buffer,
}

impl<B: Backend> Moments<B> {
    /// Those of standard normal channels.
    pub(crate) fn standard(backend: &B, channels: usize) -> Result<Self> {
        Ok(Self {
            mean: backend.zeros(channels)?,
            variance: buffer_of(backend, &vec![1.0; channels])?,
        })
    }

    /// Mean and variance, on the host.
    pub(crate) fn host(&self, backend: &B) -> Result<[Vec<f32>; 2]> {
        let host = |buffer| host_of(backend, buffer, backend.len(buffer));
        Ok([host(&self.mean)?, host(&self.variance)?])
    }

    /// Sets mean and variance, as many values as there are channels.
    pub(crate) fn set(&mut self, backend: &B, [mean, variance]: &[Vec<f32>; 2]) -> Result<()> {
        backend.upload(mean, &mut self.mean)?;
        backend.upload(variance, &mut self.variance)
    }

    /// Becomes those of a batch `x` (`dims`, channels along the columns), the variance divided by the rows.
    pub(crate) fn take(&mut self, backend: &B, dims: Dims, x: &B::Buffer) -> Result<()> {
        backend.column_moments(dims, x, &mut self.mean, &mut self.variance)
    }

    /// Moves towards the moments of a batch of `rows`; the variance is made unbiased, as in PyTorch.
    pub(crate) fn follow(&mut self, backend: &B, momentum: f32, rows: usize, batch: &Self) -> Result<()> {
        let channels = Dims::new(1, backend.len(&self.mean));
        let unbiased = rows as f32 / (rows as f32 - 1.0).max(1.0);
        let pairs = [
            (&mut self.mean, &batch.mean, 1.0),
            (&mut self.variance, &batch.variance, unbiased),
        ];
        for (running, now, scale) in pairs {
            let moved = Formula::of(|[running, now]| running.clone() + (now * scale - running) * momentum);
            backend.update(&moved, channels, &[Operand::elements(now)], running)?;
        }
        Ok(())
    }

    /// The normalisation by these moments, then by γ and β.
    pub(crate) fn norm<'a>(
        &'a self,
        [scale, shift]: [&'a B::Buffer; 2],
        own_moments: bool,
    ) -> ColumnNorm<'a, B> {
        ColumnNorm {
            mean: &self.mean,
            variance: &self.variance,
            scale,
            shift,
            own_moments,
        }
    }
}
