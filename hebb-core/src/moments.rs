//! Mean and variance of each channel: batch norm's statistics, of a batch and running.

use crate::backend::{Backend, Dims, Variables, buffer_of, host_of};
use crate::error::Result;
use crate::rule::{Expr, Unary};

/// Added to the variance of a channel.
const EPSILON: f32 = 1e-5;

/// The mean and the variance of each channel.
pub(crate) type Moments = [Vec<f32>; 2];

/// Those of standard normal channels.
pub(crate) fn standard(channels: usize) -> Moments {
    [vec![0.0; channels], vec![1.0; channels]]
}

/// Those of a batch, the variance divided by the rows; two passes, so that a large mean costs no accuracy.
///
/// `scratch` holds as many values as `x` (`dims`, channels along the columns).
pub(crate) fn of_batch<B: Backend>(
    backend: &B,
    dims: Dims,
    x: &B::Buffer,
    scratch: &mut B::Buffer,
) -> Result<Moments> {
    let mut sums = backend.zeros(dims.cols)?;
    let mean_of = |sums: &B::Buffer| -> Result<Vec<f32>> {
        let host = host_of(backend, sums, dims.cols)?;
        Ok(host.iter().map(|sum| sum / dims.rows as f32).collect())
    };
    backend.column_sums(dims, x, &mut sums)?;
    let mean = mean_of(&sums)?;
    let centre = buffer_of(backend, &mean)?;
    let gap = Expr::Activity - Expr::State(0);
    let variables = Variables {
        activity: Some(x),
        states: Some(&centre),
        ..Default::default()
    };
    backend.map(&(gap.clone() * gap), dims, variables, scratch)?;
    backend.column_sums(dims, scratch, &mut sums)?;
    Ok([mean, mean_of(&sums)?])
}

/// Moves running moments towards those of a batch of `rows`; the variance is made unbiased, as in PyTorch.
pub(crate) fn follow(running: &mut Moments, momentum: f32, rows: usize, batch: &Moments) {
    let unbiased = rows as f32 / (rows as f32 - 1.0).max(1.0);
    for (running, (now, scale)) in running.iter_mut().zip(batch.iter().zip([1.0, unbiased])) {
        for (running, now) in running.iter_mut().zip(now) {
            *running += momentum * (now * scale - *running);
        }
    }
}

/// (x − mean)/√(variance + 1e-5), channel by channel.
pub(crate) fn normalize<B: Backend>(
    backend: &B,
    dims: Dims,
    x: &B::Buffer,
    [mean, variance]: &Moments,
    out: &mut B::Buffer,
) -> Result<()> {
    let moments = buffer_of(backend, &[mean.as_slice(), variance.as_slice()].concat())?;
    let deviation = (Expr::State(1) + Expr::Constant(EPSILON)).apply(Unary::Sqrt);
    let normalized = (Expr::Activity - Expr::State(0)) * deviation.apply(Unary::Recip);
    let variables = Variables {
        activity: Some(x),
        states: Some(&moments),
        ..Default::default()
    };
    backend.map(&normalized, dims, variables, out)
}

/// 1/√(variance + 1e-5) of each channel.
pub(crate) fn inverse_deviation([_, variance]: &Moments) -> Vec<f32> {
    variance
        .iter()
        .map(|variance| (variance + EPSILON).sqrt().recip())
        .collect()
}
