//! Normalisation of a layer's input or output.

use crate::backend::{Backend, Dims, Workspace, buffer_of};
use crate::error::Result;
use crate::geometry::ImageShape;
use crate::moments::Moments;
use crate::range::Range;

/// Normalisation of a layer's input or output.
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
        /// The share of the batch in the running moments, as in PyTorch.
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

impl Normalize {
    #[cfg(feature = "serde")]
    pub(super) fn is_none(&self) -> bool {
        *self == Self::None
    }

    pub(super) fn check(&self) -> Result<()> {
        match *self {
            Self::BatchNorm { momentum } => {
                Range::UpToOne.check("normalize batch-norm", "momentum", momentum)
            }
            _ => Ok(()),
        }
    }
}

/// A normalisation with its running moments and its output.
#[derive(Debug)]
pub(super) struct Normalizer<B: Backend> {
    kind: Normalize,
    input: ImageShape,
    running: Moments<B>,
    /// Those of the last batch.
    batch: Moments<B>,
    /// γ = 1 and β = 0 of each channel.
    identity: [B::Buffer; 2],
    workspace: Workspace<B>,
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
            running: Moments::standard(backend, channels)?,
            batch: Moments::standard(backend, channels)?,
            identity: [
                buffer_of(backend, &vec![1.0; channels])?,
                backend.zeros(channels)?,
            ],
            workspace: Workspace::default(),
            output: backend.zeros(0)?,
        })
    }

    /// Running mean and variance of each channel; empty without batch norm.
    pub(super) fn moments(&self, backend: &B) -> Result<[Vec<f32>; 2]> {
        self.running.host(backend)
    }

    /// Sets what [`Self::moments`] gave.
    pub(super) fn set_moments(&mut self, backend: &B, moments: &[Vec<f32>; 2]) -> Result<()> {
        self.running.set(backend, moments)
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
                let own_moments = learning && dims.rows > 0;
                if own_moments {
                    self.batch.take(backend, dims, input)?;
                    self.running.follow(backend, momentum, dims.rows, &self.batch)?;
                }
                let moments = if own_moments { &self.batch } else { &self.running };
                let norm = moments.norm([&self.identity[0], &self.identity[1]], own_moments);
                backend.batch_norm(dims, input, norm, &mut self.output, &mut self.workspace)
            }
        }
    }
}
