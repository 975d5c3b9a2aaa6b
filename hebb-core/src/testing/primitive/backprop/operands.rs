//! Operands of the primitives of backpropagation.

use super::{BackpropCall, ConvGradient, NormGradient};
use crate::backend::{Convolution, Dims};
use crate::geometry::ImageShape;
use crate::plan::{Pool, PoolKind};
use crate::testing::primitive::operands::OperandSpec;

impl BackpropCall {
    /// The operands in the order of the call, the result last.
    pub(in crate::testing::primitive) fn operands(&self) -> Vec<OperandSpec> {
        match self {
            Self::Col2im(conv, images) => vec![
                ("patches", images * conv.positions() * conv.patch_len()),
                ("input", images * conv.input().len()),
            ],
            Self::PoolBackward(pool, images, shape) => pooled(pool, *images, *shape),
            Self::EntropyGradient(dims) => entropy(dims, ("gradient", dims.len())),
            Self::EntropyScores(dims) => entropy(dims, ("scores", 2 * dims.rows)),
            Self::ColumnMean(dims) | Self::ColumnVariance(dims) => {
                vec![("x", dims.len()), ("out", dims.cols)]
            }
            Self::ColumnProducts(dims) => {
                let column = |name| (name, dims.cols);
                vec![
                    ("x", dims.len()),
                    ("y", dims.len()),
                    column("centre"),
                    column("out"),
                ]
            }
            Self::BatchNorm(dims) => {
                let [mean, variance, scale] = moments(dims);
                let shift = ("shift", dims.cols);
                vec![("x", dims.len()), mean, variance, scale, shift, ("y", dims.len())]
            }
            Self::BatchNormBackward(dims, gradient, _) => batch_norm_backward(dims, *gradient),
            Self::Uniform(len, _) => vec![("out", *len)],
            Self::Convolve(convolution, bias) => {
                let [input, weights, own, output] = convolved(convolution);
                match bias {
                    true => vec![input, weights, own, output],
                    false => vec![input, weights, output],
                }
            }
            Self::ConvolveBackward(convolution, gradient) => {
                let [input, weights, bias, output] = convolved(convolution);
                let result = match gradient {
                    ConvGradient::Weights => weights,
                    ConvGradient::Bias => bias,
                    ConvGradient::Input => input,
                };
                vec![input, weights, output, result]
            }
        }
    }

    /// Maps drawn values to valid ones: variances are not negative, and labels are classes.
    pub(in crate::testing::primitive) fn constrain(&self, drawn: &mut [Vec<f32>]) {
        if let Some(at) = self.operands().iter().position(|(name, _)| *name == "variance") {
            drawn[at]
                .iter_mut()
                .for_each(|variance| *variance = variance.abs());
        }
        if let Self::EntropyGradient(dims) | Self::EntropyScores(dims) = self {
            let class =
                |label: &mut f32| *label = (label.abs() * 1237.0) as usize as f32 % dims.cols.max(1) as f32;
            drawn[1].iter_mut().for_each(class);
        }
    }
}

fn pooled(pool: &Pool, images: usize, shape: ImageShape) -> Vec<OperandSpec> {
    let pooled = pool.output(shape).map_or(0, |shape| shape.len());
    let read = usize::from(pool.kind == PoolKind::Max) * images * shape.len();
    vec![
        ("x", read),
        ("grad_output", images * pooled),
        ("grad_input", images * shape.len()),
    ]
}

fn entropy(dims: &Dims, result: OperandSpec) -> Vec<OperandSpec> {
    vec![("logits", dims.len()), ("labels", dims.rows), result]
}

fn batch_norm_backward(dims: &Dims, gradient: NormGradient) -> Vec<OperandSpec> {
    let result = match gradient {
        NormGradient::Scale | NormGradient::Shift => ("gradient", dims.cols),
        NormGradient::Input => ("grad_input", dims.len()),
    };
    let [mean, variance, (scale, len)] = moments(dims);
    // The gradients of γ and β do not depend on γ.
    let read = if gradient == NormGradient::Input { len } else { 0 };
    let images = [("x", dims.len()), ("grad_output", dims.len())];
    [&images[..], &[mean, variance, (scale, read), result]].concat()
}

/// The mean, variance and scale of every column.
fn moments(dims: &Dims) -> [OperandSpec; 3] {
    ["mean", "variance", "scale"].map(|name| (name, dims.cols))
}

/// The images, weights, bias and output of a convolution.
fn convolved(convolution: &Convolution) -> [OperandSpec; 4] {
    let weights = convolution.units * convolution.patches().cols;
    [
        ("input", convolution.images * convolution.geometry.input().len()),
        ("weights", weights),
        ("bias", convolution.units),
        ("output", convolution.responses().len()),
    ]
}
