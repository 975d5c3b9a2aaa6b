//! Mean and variance of each channel: batch norm's statistics, of a batch and running. They stay on the device.

use crate::backend::{Backend, Dims, Variables, buffer_of, host_of};
use crate::error::Result;
use crate::rule::{Expr, Unary};

/// Added to the variance of a channel.
const EPSILON: f32 = 1e-5;

/// The mean and the variance of each channel.
#[derive(Debug)]
pub(crate) struct Moments<B: Backend> {
    mean: B::Buffer,
    variance: B::Buffer,
    /// One value for each channel.
    scratch: B::Buffer,
}

impl<B: Backend> Moments<B> {
    /// Those of standard normal channels.
    pub(crate) fn standard(backend: &B, channels: usize) -> Result<Self> {
        Ok(Self {
            mean: backend.zeros(channels)?,
            variance: buffer_of(backend, &vec![1.0; channels])?,
            scratch: backend.zeros(channels)?,
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

    /// Becomes those of a batch, the variance divided by the rows; two passes, so that a large mean costs no accuracy.
    ///
    /// `gaps` has room for as many values as `x` (`dims`, channels along the columns).
    pub(crate) fn take(
        &mut self,
        backend: &B,
        dims: Dims,
        x: &B::Buffer,
        gaps: &mut B::Buffer,
    ) -> Result<()> {
        backend.column_sums(dims, x, &mut self.scratch)?;
        mean_of(backend, dims, &self.scratch, &mut self.mean)?;
        let gap = Expr::Activity - Expr::State(0);
        let variables = Variables {
            activity: Some(x),
            states: Some(&self.mean),
            ..Default::default()
        };
        backend.map(&(gap.clone() * gap), dims, variables, gaps)?;
        backend.column_sums(dims, gaps, &mut self.scratch)?;
        mean_of(backend, dims, &self.scratch, &mut self.variance)
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
            let gap = Expr::Similarity * Expr::Constant(scale) - Expr::Activity;
            let moved = Expr::Activity + gap * Expr::Constant(momentum);
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
        &self,
        backend: &B,
        dims: Dims,
        x: &B::Buffer,
        out: &mut B::Buffer,
    ) -> Result<()> {
        let normalized = (Expr::Activity - Expr::State(0)) * inverse_deviation();
        let variables = Variables {
            activity: Some(x),
            states: Some(&self.mean),
            // One row that holds for all.
            teacher: Some((&self.variance, dims.rows)),
            ..Default::default()
        };
        backend.map(&normalized, dims, variables, out)
    }

    /// x·gain/√(variance + 1e-5), channel by channel.
    pub(crate) fn divide(
        &self,
        backend: &B,
        dims: Dims,
        x: &B::Buffer,
        gain: &B::Buffer,
        out: &mut B::Buffer,
    ) -> Result<()> {
        let variables = Variables {
            activity: Some(x),
            states: Some(gain),
            teacher: Some((&self.variance, dims.rows)),
            ..Default::default()
        };
        backend.map(
            &(Expr::Activity * Expr::State(0) * inverse_deviation()),
            dims,
            variables,
            out,
        )
    }
}

/// 1/√(variance + 1e-5) of the variance as [`Expr::Teacher`].
fn inverse_deviation() -> Expr {
    let deviation = (Expr::Teacher + Expr::Constant(EPSILON)).apply(Unary::Sqrt);
    deviation.apply(Unary::Recip)
}

/// Sums over rows divided by the rows.
fn mean_of<B: Backend>(backend: &B, dims: Dims, sums: &B::Buffer, mean: &mut B::Buffer) -> Result<()> {
    let share = Expr::Activity * Expr::Constant(1.0 / dims.rows as f32);
    let variables = Variables {
        activity: Some(sums),
        ..Default::default()
    };
    backend.map(&share, Dims::new(1, dims.cols), variables, mean)
}
