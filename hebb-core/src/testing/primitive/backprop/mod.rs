//! Calls of the primitives of backpropagation as data.

mod bounds;
mod operands;

use crate::Result;
use crate::backend::{
    Backend, ColumnNorm, Convolution, Dims, Gradients, Logits, NormGradients, PatchMatrix, PoolBatch,
    Workspace,
};
use crate::geometry::{ConvGeometry, ImageShape};
use crate::plan::Pool;
use crate::seed::Seed;

/// One call of a primitive of backpropagation, without its operands.
#[derive(Clone, Debug)]
pub(in crate::testing) enum BackpropCall {
    Col2im(ConvGeometry, usize),
    PoolBackward(Pool, usize, ImageShape),
    EntropyGradient(Dims),
    EntropyScores(Dims),
    ColumnMean(Dims),
    ColumnVariance(Dims),
    ColumnProducts(Dims),
    BatchNorm(Dims),
    /// Matrix, gradient, and whether the moments are those of x.
    BatchNormBackward(Dims, NormGradient, bool),
    /// Number of values to draw, and of values drawn before.
    Uniform(usize, usize),
    /// Convolution, and whether it has a bias.
    Convolve(Convolution, bool),
    ConvolveBackward(Convolution, ConvGradient),
}

/// The compared gradient of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::testing) enum ConvGradient {
    Weights,
    Bias,
    Input,
}

/// The compared gradient of batch norm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::testing) enum NormGradient {
    Scale,
    Shift,
    Input,
}

impl BackpropCall {
    /// Calls the backend; `inputs` are in the order of [`Self::operands`].
    pub(super) fn run<B: Backend>(
        &self,
        backend: &B,
        inputs: &[B::Buffer],
        out: &mut B::Buffer,
    ) -> Result<()> {
        match self {
            Self::Col2im(conv, images) => backend.col2im(&PatchMatrix::new(*conv, *images), &inputs[0], out),
            Self::PoolBackward(pool, images, shape) => backend.pool_backward(
                &PoolBatch::new(*pool, *images, *shape)?,
                &inputs[0],
                &inputs[1],
                out,
            ),
            Self::EntropyGradient(dims) => backend.entropy_gradient(logits::<B>(*dims, inputs), out),
            Self::EntropyScores(dims) => backend.entropy_scores(logits::<B>(*dims, inputs), out),
            Self::ColumnMean(dims) => {
                backend.column_moments(*dims, &inputs[0], out, &mut backend.zeros(dims.cols)?)
            }
            Self::ColumnVariance(dims) => {
                backend.column_moments(*dims, &inputs[0], &mut backend.zeros(dims.cols)?, out)
            }
            Self::ColumnProducts(dims) => {
                backend.column_products(*dims, &inputs[0], &inputs[1], &inputs[2], out)
            }
            Self::BatchNorm(dims) => {
                let norm = column_norm::<B>(&inputs[1..], false);
                backend.batch_norm(*dims, &inputs[0], norm, out, &mut Workspace::default())
            }
            Self::BatchNormBackward(dims, gradient, own_moments) => {
                batch_norm_backward(backend, *dims, *gradient, *own_moments, inputs, out)
            }
            Self::Uniform(len, before) => {
                let mut stream = Seed::new(0).stream("uniform", 0);
                backend.uniform(*before, &mut stream, &mut backend.zeros(*before)?)?;
                backend.uniform(*len, &mut stream, out)
            }
            Self::Convolve(convolution, _) => {
                let (bias, workspace) = (inputs.get(2), &mut Workspace::default());
                backend.convolve(convolution, &inputs[0], &inputs[1], bias, out, workspace)
            }
            Self::ConvolveBackward(convolution, gradient) => {
                convolve_backward(backend, convolution, *gradient, inputs, out)
            }
        }
    }
}

/// Computes all gradients of a convolution, one of them into `out`.
fn convolve_backward<B: Backend>(
    backend: &B,
    convolution: &Convolution,
    gradient: ConvGradient,
    inputs: &[B::Buffer],
    out: &mut B::Buffer,
) -> Result<()> {
    let mut weights = backend.zeros(convolution.units * convolution.patches().cols)?;
    let mut bias = backend.zeros(convolution.units)?;
    let mut images = backend.zeros(convolution.images * convolution.geometry.input().len())?;
    let mut gradients = Gradients {
        weights: &mut weights,
        bias: Some(&mut bias),
        input: Some(&mut images),
    };
    match gradient {
        ConvGradient::Weights => gradients.weights = out,
        ConvGradient::Bias => gradients.bias = Some(out),
        ConvGradient::Input => gradients.input = Some(out),
    }
    let workspace = &mut Workspace::default();
    backend.convolve_backward(
        convolution,
        &inputs[0],
        &inputs[1],
        &inputs[2],
        gradients,
        workspace,
    )
}

fn logits<B: Backend>(dims: Dims, inputs: &[B::Buffer]) -> Logits<'_, B> {
    let [values, labels] = [&inputs[0], &inputs[1]];
    Logits { dims, values, labels }
}

/// Mean, variance, γ and, if present, β; the gradients do not depend on β.
fn column_norm<B: Backend>(values: &[B::Buffer], own_moments: bool) -> ColumnNorm<'_, B> {
    ColumnNorm {
        mean: &values[0],
        variance: &values[1],
        scale: &values[2],
        shift: values.get(3).unwrap_or(&values[2]),
        own_moments,
    }
}

/// Computes all gradients of batch norm, one of them into `out`.
fn batch_norm_backward<B: Backend>(
    backend: &B,
    dims: Dims,
    gradient: NormGradient,
    own_moments: bool,
    inputs: &[B::Buffer],
    out: &mut B::Buffer,
) -> Result<()> {
    let [mut scale, mut shift] = [backend.zeros(dims.cols)?, backend.zeros(dims.cols)?];
    let mut gradients = NormGradients {
        output: &inputs[1],
        scale: &mut scale,
        shift: &mut shift,
        input: None,
    };
    match gradient {
        NormGradient::Scale => gradients.scale = out,
        NormGradient::Shift => gradients.shift = out,
        NormGradient::Input => gradients.input = Some(out),
    }
    let norm = column_norm::<B>(&inputs[2..], own_moments);
    backend.batch_norm_backward(dims, &inputs[0], norm, gradients, &mut Workspace::default())
}
