//! What is done to a layer's input before its convolution.

use crate::backend::{Backend, Dims, Variables, buffer_of, host_of};
use crate::error::{Error, Result};
use crate::geometry::ImageShape;
use crate::rule::{Expr, Unary};

/// How a layer's input is normalised.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)
)]
pub enum Normalize {
    /// Not at all.
    #[default]
    None,
    /// Each image to mean zero and standard deviation one over all its values (Miconi 2021).
    Standardize,
    /// Each channel by the moments of the batch while learning, by running moments otherwise; no affine terms.
    BatchNorm {
        /// How fast the running moments follow, as in PyTorch.
        #[cfg_attr(feature = "serde", serde(default = "default_momentum"))]
        momentum: f32,
    },
}

#[cfg(feature = "serde")]
fn default_momentum() -> f32 {
    0.1
}

/// Added to the standard deviation of an image.
const STANDARDIZE_EPSILON: f32 = 1e-10;
/// Added to the variance of a channel.
const BATCH_NORM_EPSILON: f32 = 1e-5;

impl Normalize {
    pub(super) fn check(&self) -> Result<()> {
        match *self {
            Self::BatchNorm { momentum } if !(momentum > 0.0 && momentum <= 1.0) => Err(Error::parameter(
                "normalize batch-norm",
                "momentum",
                momentum,
                "more than 0 and at most 1",
            )),
            _ => Ok(()),
        }
    }
}

/// A normalisation with its running moments and its output.
#[derive(Debug)]
pub(super) struct Normalizer<B: Backend> {
    kind: Normalize,
    input: ImageShape,
    /// Running mean and variance of each channel.
    pub(super) moments: [Vec<f32>; 2],
    output: B::Buffer,
}

impl<B: Backend> Normalizer<B> {
    pub(super) fn new(backend: &B, kind: Normalize, input: ImageShape) -> Result<Self> {
        let channels = if matches!(kind, Normalize::BatchNorm { .. }) {
            input.channels
        } else {
            0
        };
        Ok(Self {
            kind,
            input,
            moments: [vec![0.0; channels], vec![1.0; channels]],
            output: backend.zeros(0)?,
        })
    }

    /// The normalised input of the last batch, or `input` itself if nothing is done to it.
    pub(super) fn output<'a>(&'a self, input: &'a B::Buffer) -> &'a B::Buffer {
        if self.kind == Normalize::None {
            input
        } else {
            &self.output
        }
    }

    /// The normalised input of the last batch, if there is one.
    pub(super) fn kept(&self) -> Option<&B::Buffer> {
        (self.kind != Normalize::None).then_some(&self.output)
    }

    /// Normalises (B, H, W, C) images into a buffer of its own.
    pub(super) fn run(
        &mut self,
        backend: &B,
        images: usize,
        input: &B::Buffer,
        learning: bool,
    ) -> Result<()> {
        let len = images * self.input.len();
        if self.kind != Normalize::None && backend.len(&self.output) < len {
            self.output = backend.zeros(len)?;
        }
        match self.kind {
            Normalize::None => Ok(()),
            Normalize::Standardize => {
                backend.copy(len, input, &mut self.output)?;
                let dims = Dims::new(images, self.input.len());
                backend.standardize_rows(dims, STANDARDIZE_EPSILON, &mut self.output)
            }
            Normalize::BatchNorm { momentum } => {
                let dims = Dims::new(images * self.input.positions(), self.input.channels);
                if learning && dims.rows > 0 {
                    let batch = self.batch_moments(backend, dims, input)?;
                    self.follow(momentum, dims.rows, &batch);
                    self.normalize_by(backend, dims, input, &batch)
                } else {
                    let running = self.moments.clone();
                    self.normalize_by(backend, dims, input, &running)
                }
            }
        }
    }

    /// Mean and (biased) variance of each channel; two passes, so that a large mean costs no accuracy.
    fn batch_moments(&mut self, backend: &B, dims: Dims, input: &B::Buffer) -> Result<[Vec<f32>; 2]> {
        let mut sums = backend.zeros(dims.cols)?;
        let mean_of = |sums: &B::Buffer| -> Result<Vec<f32>> {
            let host = host_of(backend, sums, dims.cols)?;
            Ok(host.iter().map(|sum| sum / dims.rows as f32).collect())
        };
        backend.column_sums(dims, input, &mut sums)?;
        let mean = mean_of(&sums)?;
        let centre = buffer_of(backend, &mean)?;
        let gap = Expr::Activity - Expr::State(0);
        let variables = Variables {
            activity: Some(input),
            states: Some(&centre),
            ..Default::default()
        };
        backend.map(&(gap.clone() * gap), dims, variables, &mut self.output)?;
        backend.column_sums(dims, &self.output, &mut sums)?;
        Ok([mean, mean_of(&sums)?])
    }

    /// Moves the running moments; the variance is made unbiased, as in PyTorch.
    fn follow(&mut self, momentum: f32, rows: usize, batch: &[Vec<f32>; 2]) {
        let unbiased = rows as f32 / (rows as f32 - 1.0).max(1.0);
        for (running, (now, scale)) in self.moments.iter_mut().zip(batch.iter().zip([1.0, unbiased])) {
            for (running, now) in running.iter_mut().zip(now) {
                *running += momentum * (now * scale - *running);
            }
        }
    }

    fn normalize_by(
        &mut self,
        backend: &B,
        dims: Dims,
        input: &B::Buffer,
        [mean, variance]: &[Vec<f32>; 2],
    ) -> Result<()> {
        let moments = buffer_of(backend, &[mean.as_slice(), variance.as_slice()].concat())?;
        let deviation = (Expr::State(1) + Expr::Constant(BATCH_NORM_EPSILON)).apply(Unary::Sqrt);
        let normalized = (Expr::Activity - Expr::State(0)) * deviation.apply(Unary::Recip);
        let variables = Variables {
            activity: Some(input),
            states: Some(&moments),
            ..Default::default()
        };
        backend.map(&normalized, dims, variables, &mut self.output)
    }
}
