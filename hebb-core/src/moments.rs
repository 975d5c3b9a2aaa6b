//! Mean and variance of each channel: batch norm's statistics, of a batch and running. They stay on the device.

use crate::backend::{Backend, Dims, Variables, Workspace, buffer_of, host_of, inverse_deviation};
use crate::error::Result;
use crate::formula::Formula;

/// The mean and the variance of each channel.
#[derive(Debug)]
pub(crate) struct Moments<B: Backend> {
    mean: B::Buffer,
    variance: B::Buffer,
    /// One value for each channel.
    scratch: B::Buffer,
    workspace: Workspace<B>,
}

impl<B: Backend> Moments<B> {
    /// Those of standard normal channels.
    pub(crate) fn standard(backend: &B, channels: usize) -> Result<Self> {
        Ok(Self {
            mean: backend.zeros(channels)?,
            variance: buffer_of(backend, &vec![1.0; channels])?,
            scratch: backend.zeros(channels)?,
            workspace: Workspace::default(),
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
        let Self {
            mean,
            variance,
            workspace,
            ..
        } = self;
        backend.column_moments(dims, x, mean, variance, workspace)
    }

    /// Mean and variance, on the device.
    pub(crate) fn buffers(&self) -> [&B::Buffer; 2] {
        [&self.mean, &self.variance]
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
            let gap = Formula::Similarity * Formula::Constant(scale) - Formula::Activity;
            let moved = Formula::Activity + gap * Formula::Constant(momentum);
            let variables = Variables {
                activity: Some(&*running),
                similarity: Some(now),
                ..Default::default()
            };
            backend.map(&moved, channels, variables, &mut self.scratch)?;
            std::mem::swap(running, &mut self.scratch);
        }
        Ok(())
    }

    /// (x − mean)/√(variance + 1e-5), channel by channel.
    pub(crate) fn normalize(
        &mut self,
        backend: &B,
        dims: Dims,
        x: &B::Buffer,
        out: &mut B::Buffer,
    ) -> Result<()> {
        let variables = Variables {
            activity: Some(&self.variance),
            ..Default::default()
        };
        let inverse = inverse_deviation(Formula::Activity);
        backend.map(&inverse, Dims::new(1, dims.cols), variables, &mut self.scratch)?;
        let variables = Variables {
            activity: Some(x),
            states: Some(&self.mean),
            // One row that holds for all.
            teacher: Some((&self.scratch, dims.rows.max(1))),
            ..Default::default()
        };
        let normalized = (Formula::Activity - Formula::State(0)) * Formula::Teacher;
        backend.map(&normalized, dims, variables, out)
    }
}
