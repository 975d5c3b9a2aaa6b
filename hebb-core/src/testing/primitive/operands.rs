use super::{ConvGradient, NormGradient, Primitive, ThresholdOperand};
use crate::backend::{Convolution, Dims};
use crate::formula::Formula;
use crate::plan::PoolKind;
use crate::seed::Stream;
use crate::testing::batch::Values;

/// An operand's name and the values it must hold.
pub(in crate::testing) type Operand = (&'static str, usize);

impl Primitive {
    /// The operands in the order in which they are handed over, the result last.
    pub(in crate::testing) fn operands(&self) -> Vec<Operand> {
        match self {
            Self::Copy(len) => vec![("from", *len), ("to", *len)],
            Self::Gemm(g) => vec![("a", g.m * g.k), ("b", g.k * g.n), ("c", g.m * g.n)],
            Self::Im2col(conv, images) => vec![
                ("input", images * conv.input().len()),
                ("patches", images * conv.positions() * conv.patch_len()),
            ],
            Self::RowNorms(dims) => vec![("x", dims.len()), ("out", dims.rows)],
            Self::Similarity(kind, dims) => {
                let read = |needed: bool, len: usize| if needed { len } else { 0 };
                vec![
                    ("patch_norms", read(kind.needs_patch_norms(), dims.rows)),
                    ("unit_norms", read(kind.needs_unit_norms(), dims.cols)),
                    ("dots", dims.len()),
                ]
            }
            Self::Compete(_, dims, thresholds) => {
                with_thresholds(vec![("u", dims.len())], *thresholds, dims, ("y", dims.len()))
            }
            Self::Activate(_, dims, thresholds) => {
                let inputs = vec![("u", dims.len()), ("y", dims.len())];
                with_thresholds(inputs, *thresholds, dims, ("out", dims.len()))
            }
            Self::Map(expr, dims, rows) => formula_operands(expr, *dims, *rows),
            Self::ColumnSums(dims) | Self::ColumnMean(dims) | Self::ColumnVariance(dims) => {
                vec![("x", dims.len()), ("out", dims.cols)]
            }
            Self::ColumnProducts(dims) => vec![
                ("x", dims.len()),
                ("y", dims.len()),
                ("centre", dims.cols),
                ("out", dims.cols),
            ],
            Self::BatchNorm(dims) => {
                let [mean, variance, scale] = norms(dims);
                let shift = ("shift", dims.cols);
                vec![("x", dims.len()), mean, variance, scale, shift, ("y", dims.len())]
            }
            Self::BatchNormBackward(dims, gradient, _) => {
                let result = match gradient {
                    NormGradient::Scale | NormGradient::Shift => ("gradient", dims.cols),
                    NormGradient::Input => ("downstream", dims.len()),
                };
                let [mean, variance, (scale, len)] = norms(dims);
                // The gradients of γ and β do not depend on γ.
                let read = if *gradient == NormGradient::Input { len } else { 0 };
                let images = [("x", dims.len()), ("upstream", dims.len())];
                [&images[..], &[mean, variance, (scale, read), result]].concat()
            }
            Self::Uniform(len, _) => vec![("out", *len)],
            Self::Col2im(conv, images) => vec![
                ("patches", images * conv.positions() * conv.patch_len()),
                ("input", images * conv.input().len()),
            ],
            Self::PoolBackward(pool, images, shape) => {
                let pooled = pool.output(*shape).map_or(0, |shape| shape.len());
                let read = usize::from(pool.kind == PoolKind::Max) * images * shape.len();
                vec![
                    ("x", read),
                    ("upstream", images * pooled),
                    ("downstream", images * shape.len()),
                ]
            }
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
            Self::Pool(pool, images, shape) => {
                let pooled = pool.output(*shape).map_or(0, |shape| shape.len());
                vec![("x", images * shape.len()), ("out", images * pooled)]
            }
            Self::StandardizeRows(dims, _) | Self::NormalizeRows(dims, _) => vec![("x", dims.len())],
            Self::ScaleRows(dims) => vec![("scale", dims.rows), ("x", dims.len())],
            Self::AddScaledRows(dims) => vec![("scale", dims.rows), ("x", dims.len()), ("y", dims.len())],
            Self::Multiply(len) => vec![("factor", *len), ("x", *len)],
            Self::LowerTriangle(size) => vec![("x", size * size)],
            Self::Largest(len) => vec![("x", *len), ("out", 1)],
            Self::EntropyGradient(dims) => vec![
                ("logits", dims.len()),
                ("labels", dims.rows),
                ("gradient", dims.len()),
            ],
            Self::EntropyScores(dims) => vec![
                ("logits", dims.len()),
                ("labels", dims.rows),
                ("scores", 2 * dims.rows),
            ],
        }
    }

    /// Values to call the primitive on.
    pub(in crate::testing) fn draw(&self, values: Values, stream: &mut Stream) -> Vec<Vec<f32>> {
        let operands = self.operands();
        let mut drawn: Vec<Vec<f32>> = operands
            .iter()
            .map(|(_, len)| values.draw(*len, stream))
            .collect();
        if let (Self::Similarity(_, dims), [patches, units, dots]) = (self, &mut drawn[..]) {
            // Squared norms that the dot products may belong to, and an empty patch.
            let norms = patches.iter_mut().chain(units);
            norms.for_each(|norm| *norm = norm.abs() + 8.0);
            dots.iter_mut().take(dims.cols).for_each(|dot| *dot = 0.0);
            patches.iter_mut().take(1).for_each(|norm| *norm = 0.0);
        }
        if let Some(at) = operands.iter().position(|(name, _)| *name == "variance") {
            drawn[at]
                .iter_mut()
                .for_each(|variance| *variance = variance.abs());
        }
        if let Self::EntropyGradient(dims) | Self::EntropyScores(dims) = self {
            let class =
                |label: &mut f32| *label = (label.abs() * 1237.0) as usize as f32 % dims.cols.max(1) as f32;
            drawn[1].iter_mut().for_each(class);
        }
        drawn
    }

    /// Whether the former contents of the result are an input.
    pub(super) fn reads_result(&self) -> bool {
        match self {
            Self::Gemm(gemm) => gemm.beta != 0.0,
            Self::Similarity(..)
            | Self::StandardizeRows(..)
            | Self::NormalizeRows(..)
            | Self::ScaleRows(_)
            | Self::AddScaledRows(_)
            | Self::Multiply(_)
            | Self::LowerTriangle(_) => true,
            _ => false,
        }
    }
}

/// What batch norm knows of columns, but for the shift.
fn norms(dims: &Dims) -> [Operand; 3] {
    ["mean", "variance", "scale"].map(|name| (name, dims.cols))
}

/// The images, weights, bias and output of a convolution.
fn convolved(convolution: &Convolution) -> [Operand; 4] {
    let weights = convolution.units * convolution.patches().cols;
    [
        ("input", convolution.images * convolution.geometry.input().len()),
        ("weights", weights),
        ("bias", convolution.units),
        ("output", convolution.responses().len()),
    ]
}

fn with_thresholds(
    mut inputs: Vec<Operand>,
    thresholds: ThresholdOperand,
    dims: &Dims,
    out: Operand,
) -> Vec<Operand> {
    if thresholds == ThresholdOperand::Given {
        inputs.push(("thresholds", dims.cols));
    }
    inputs.push(out);
    inputs
}

fn formula_operands(expr: &Formula, dims: Dims, rows: usize) -> Vec<Operand> {
    let candidates = [
        (Formula::Activity, ("activity", dims.len())),
        (Formula::Similarity, ("similarity", dims.len())),
        (
            Formula::Teacher,
            ("teacher", dims.rows.div_ceil(rows) * dims.cols),
        ),
    ];
    let named = candidates
        .into_iter()
        .filter(|(variable, _)| expr.any(&|part| part == variable));
    let mut operands: Vec<Operand> = named.map(|(_, operand)| operand).collect();
    if expr.states() > 0 {
        operands.push(("states", expr.states() * dims.cols));
    }
    operands.push(("out", dims.len()));
    operands
}
