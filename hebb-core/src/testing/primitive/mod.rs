//! Every primitive as data: its operands, how to call it and how exact its result must be.

mod bounds;
mod check;
mod corpus;
mod operands;

pub(super) use check::check;
pub(super) use corpus::corpus;

use crate::Result;
use crate::backend::{
    Backend, ColumnNorm, Convolution, Dims, Gemm, Gradients, NormGradients, Variables, Workspace,
};
use crate::error::Error;
use crate::formula::Formula;
use crate::geometry::{ConvGeometry, ImageShape};
use crate::plan::{Competition, Output, Pool, Similarity};
use crate::seed::Seed;

/// One call of a primitive, without its operands.
#[derive(Clone, Debug)]
pub(super) enum Primitive {
    Copy(usize),
    Gemm(Gemm),
    Im2col(ConvGeometry, usize),
    RowNorms(Dims),
    Similarity(Similarity, Dims),
    Compete(Competition, Dims, ThresholdOperand),
    /// The rows of the formula for one row of the teacher come last.
    Map(Formula, Dims, usize),
    ColumnSums(Dims),
    Activate(Output, Dims, ThresholdOperand),
    Pool(Pool, usize, ImageShape),
    StandardizeRows(Dims, f32),
    ScaleRows(Dims),
    AddScaledRows(Dims),
    Multiply(usize),
    LowerTriangle(usize),
    NormalizeRows(Dims, f32),
    Largest(usize),
    Col2im(ConvGeometry, usize),
    PoolBackward(Pool, usize, ImageShape),
    EntropyGradient(Dims),
    EntropyScores(Dims),
    ColumnMean(Dims),
    ColumnVariance(Dims),
    ColumnProducts(Dims),
    BatchNorm(Dims),
    /// Whether the moments are taken for those of x comes last.
    BatchNormBackward(Dims, NormGradient, bool),
    /// So many numbers of a stream, after so many others.
    Uniform(usize, usize),
    /// With or without a bias.
    Convolve(Convolution, bool),
    ConvolveBackward(Convolution, ConvGradient),
}

/// Which of a convolution's gradients is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConvGradient {
    Weights,
    Bias,
    Input,
}

/// Which of batch norm's gradients is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NormGradient {
    Scale,
    Shift,
    Input,
}

/// Whether thresholds are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ThresholdOperand {
    Given,
    Absent,
}

impl Primitive {
    /// Calls the backend; `buffers` are in the order of [`Self::operands`], the result last.
    pub(super) fn run<B: Backend>(&self, backend: &B, buffers: &mut [B::Buffer]) -> Result<()> {
        let Some((out, inputs)) = buffers.split_last_mut() else {
            return Err(Error::shape("the call", "operands", "none"));
        };
        match self {
            Self::Copy(len) => backend.copy(*len, &inputs[0], out),
            Self::Gemm(gemm) => backend.gemm(*gemm, &inputs[0], &inputs[1], out),
            Self::Im2col(conv, images) => backend.im2col(conv, *images, &inputs[0], out),
            Self::RowNorms(dims) => backend.row_norms_squared(*dims, &inputs[0], out),
            Self::Similarity(kind, dims) => backend.similarity(*kind, *dims, &inputs[0], &inputs[1], out),
            Self::Compete(kind, dims, _) => backend.compete(kind, *dims, &inputs[0], inputs.get(1), out),
            Self::Map(expr, dims, rows) => backend.map(expr, *dims, variables::<B>(expr, inputs, *rows), out),
            Self::ColumnSums(dims) => backend.column_sums(*dims, &inputs[0], out),
            Self::Activate(kind, dims, _) => {
                backend.activate(kind, *dims, &inputs[0], inputs.get(2), &inputs[1], out)
            }
            Self::Pool(pool, images, shape) => backend.pool(pool, *images, *shape, &inputs[0], out),
            Self::StandardizeRows(dims, epsilon) => backend.standardize_rows(*dims, *epsilon, out),
            Self::ScaleRows(dims) => backend.scale_rows(*dims, &inputs[0], out),
            Self::AddScaledRows(dims) => backend.add_scaled_rows(*dims, &inputs[0], &inputs[1], out),
            Self::Multiply(len) => backend.multiply(*len, &inputs[0], out),
            Self::LowerTriangle(size) => backend.lower_triangle(*size, out),
            Self::NormalizeRows(dims, epsilon) => backend.normalize_rows(*dims, *epsilon, out),
            Self::Largest(len) => backend.largest_size(*len, &inputs[0], out),
            Self::Col2im(conv, images) => backend.col2im(conv, *images, &inputs[0], out),
            Self::PoolBackward(pool, images, shape) => {
                backend.pool_backward(pool, *images, *shape, &inputs[0], &inputs[1], out)
            }
            Self::EntropyGradient(dims) => backend.entropy_gradient(*dims, &inputs[0], &inputs[1], out),
            Self::EntropyScores(dims) => backend.entropy_scores(*dims, &inputs[0], &inputs[1], out),
            Self::ColumnMean(dims) => {
                let (variance, workspace) = (&mut backend.zeros(dims.cols)?, &mut Workspace::default());
                backend.column_moments(*dims, &inputs[0], out, variance, workspace)
            }
            Self::ColumnVariance(dims) => {
                let (mean, workspace) = (&mut backend.zeros(dims.cols)?, &mut Workspace::default());
                backend.column_moments(*dims, &inputs[0], mean, out, workspace)
            }
            Self::ColumnProducts(dims) => {
                let workspace = &mut Workspace::default();
                backend.column_products(*dims, &inputs[0], &inputs[1], &inputs[2], out, workspace)
            }
            Self::BatchNorm(dims) => {
                let norm = column_norm::<B>(&inputs[1..], false);
                backend.batch_norm(*dims, &inputs[0], norm, out)
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

/// All gradients, one of them into `out`.
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

/// Mean, variance, γ and, if it is there, β; the gradients do not depend on β.
fn column_norm<B: Backend>(values: &[B::Buffer], own_moments: bool) -> ColumnNorm<'_, B> {
    ColumnNorm {
        mean: &values[0],
        variance: &values[1],
        scale: &values[2],
        shift: values.get(3).unwrap_or(&values[2]),
        own_moments,
    }
}

/// All gradients, one of them into `out`.
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

/// Hands out the inputs to the variables that the formula names, in the order of [`Primitive::operands`].
fn variables<'a, B: Backend>(expr: &Formula, inputs: &'a [B::Buffer], rows: usize) -> Variables<'a, B> {
    let mut inputs = inputs.iter();
    let mut named = |variable: Formula| match expr.any(&|part| *part == variable) {
        true => inputs.next(),
        false => None,
    };
    let (activity, similarity) = (named(Formula::Activity), named(Formula::Similarity));
    let teacher = named(Formula::Teacher).map(|teacher| (teacher, rows));
    let states = inputs.next();
    Variables {
        activity,
        similarity,
        teacher,
        states,
    }
}
