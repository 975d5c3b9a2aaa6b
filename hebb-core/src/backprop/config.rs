//! Configuration of backpropagation operations.

use super::Op;
use super::batch_norm::BatchNorm;
use super::conv::Conv;
use super::elementwise::{Dropout, Pooling, Relu};
use crate::backend::Backend;
use crate::error::Result;
use crate::geometry::{ConvGeometry, ImageShape, PaddingMode, Window};
use crate::plan::Pool;
use crate::range::{Range, at_least_one};
use crate::seed::Stream;

/// An operation of a [`super::Stack`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "op", rename_all = "kebab-case", deny_unknown_fields)
)]
pub enum OpConfig {
    /// A convolution with square kernels. Initial weights and biases are uniform in ±1/√K, as in PyTorch.
    Conv {
        /// Kernels N.
        units: usize,
        /// Side of a kernel.
        kernel: usize,
        /// Step between positions.
        #[cfg_attr(feature = "serde", serde(default = "one"))]
        stride: usize,
        /// Zero padding on each side.
        #[cfg_attr(feature = "serde", serde(default))]
        padding: usize,
        /// Whether there is a bias for each kernel.
        #[cfg_attr(feature = "serde", serde(default = "yes"))]
        bias: bool,
    },
    /// A convolution whose kernels cover the whole input.
    Dense {
        /// Kernels N.
        units: usize,
        /// Whether there is a bias for each kernel.
        #[cfg_attr(feature = "serde", serde(default = "yes"))]
        bias: bool,
    },
    /// (x − mean)/√(variance + 1e-5)·γ + β for each channel (Ioffe and Szegedy 2015).
    BatchNorm {
        /// Rate of the running moments, as in PyTorch. Default: 0.1.
        #[cfg_attr(feature = "serde", serde(default = "momentum"))]
        momentum: f32,
        /// Learns the affine parameters γ and β. Default: true.
        #[cfg_attr(feature = "serde", serde(default = "yes"))]
        affine: bool,
    },
    /// max(0, x).
    Relu,
    /// Pooling over windows.
    Pool(Pool),
    /// During training, sets a random fraction of the values to zero and divides the others by the kept fraction.
    Dropout {
        /// The dropped fraction, from 0 to below 1.
        rate: f32,
    },
}

#[cfg(feature = "serde")]
const fn one() -> usize {
    1
}
#[cfg(feature = "serde")]
const fn yes() -> bool {
    true
}
#[cfg(feature = "serde")]
const fn momentum() -> f32 {
    0.1
}

impl OpConfig {
    /// A convolution with stride 1, no padding and a bias.
    pub const fn conv(units: usize, kernel: usize) -> Self {
        Self::Conv {
            units,
            kernel,
            stride: 1,
            padding: 0,
            bias: true,
        }
    }

    /// A dense layer with a bias.
    pub const fn dense(units: usize) -> Self {
        Self::Dense { units, bias: true }
    }

    /// Batch norm with PyTorch's defaults.
    pub const fn batch_norm() -> Self {
        Self::BatchNorm {
            momentum: 0.1,
            affine: true,
        }
    }

    /// The output shape for images of shape `input`.
    ///
    /// # Errors
    /// A kernel or window that does not fit, or a parameter out of range.
    pub fn output(&self, input: ImageShape) -> Result<ImageShape> {
        match *self {
            Self::Conv { units, .. } | Self::Dense { units, .. } => {
                at_least_one("the layer", "units", units)?;
                return Ok(self.geometry(input)?.output(units));
            }
            Self::BatchNorm { momentum, .. } => Range::UpToOne.check("batch-norm", "momentum", momentum)?,
            Self::Dropout { rate } => Range::BelowOne.check("dropout", "rate", rate)?,
            Self::Pool(pool) => return pool.output(input),
            Self::Relu => {}
        }
        Ok(input)
    }

    /// The window of a convolution; the whole input for everything else.
    fn geometry(&self, input: ImageShape) -> Result<ConvGeometry> {
        match *self {
            Self::Conv {
                kernel,
                stride,
                padding,
                ..
            } => ConvGeometry::new(
                input,
                Window {
                    stride: [stride; 2],
                    padding: [padding; 2],
                    mode: PaddingMode::Zero,
                    ..Window::square(kernel)
                },
            ),
            _ => ConvGeometry::dense(input),
        }
    }

    /// The operation, drawing what is random from `stream`.
    pub(super) fn build<B: Backend>(
        &self,
        backend: &B,
        input: ImageShape,
        stream: Stream,
    ) -> Result<Box<dyn Op<B>>> {
        self.output(input)?;
        Ok(match *self {
            Self::Conv { units, bias, .. } | Self::Dense { units, bias } => {
                Box::new(Conv::new(backend, self.geometry(input)?, units, bias, stream)?)
            }
            Self::BatchNorm { momentum, affine } => {
                Box::new(BatchNorm::new(backend, input, momentum, affine)?)
            }
            Self::Relu => Box::new(Relu { input }),
            Self::Pool(pool) => Box::new(Pooling { pool, input }),
            Self::Dropout { rate } => Box::new(Dropout::new(backend, input, rate, stream)?),
        })
    }
}
