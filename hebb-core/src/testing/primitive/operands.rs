//! Operands of primitive calls: names, lengths and random values.

use super::{Primitive, ThresholdOperand};
use crate::backend::{Dims, Spread};
use crate::formula::Formula;
use crate::seed::Stream;
use crate::testing::batch::Values;

/// The name of an operand and its length.
pub(in crate::testing) type OperandSpec = (&'static str, usize);

impl Primitive {
    /// The operands in the order of the call, the result last.
    pub(in crate::testing) fn operands(&self) -> Vec<OperandSpec> {
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
            Self::Map(formula, dims, spreads) => formula_operands(formula, *dims, spreads, 0),
            Self::Update(formula, dims, spreads) => formula_operands(formula, *dims, spreads, 1),
            Self::ColumnSums(dims) => vec![("x", dims.len()), ("out", dims.cols)],
            Self::Pool(pool, images, shape) => {
                let pooled = pool.output(*shape).map_or(0, |shape| shape.len());
                vec![("x", images * shape.len()), ("out", images * pooled)]
            }
            Self::StandardizeRows(dims, _) | Self::NormalizeRows(dims, _) => vec![("x", dims.len())],
            Self::LowerTriangle(size) => vec![("x", size * size)],
            Self::Largest(len) => vec![("x", *len), ("out", 1)],
            Self::Backprop(call) => call.operands(),
        }
    }

    /// Draws values for the operands.
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
        if let Self::Backprop(call) = self {
            call.constrain(&mut drawn);
        }
        drawn
    }

    /// Returns true if the call reads the former contents of the result.
    pub(super) fn reads_result(&self) -> bool {
        match self {
            Self::Gemm(gemm) => gemm.beta != 0.0,
            Self::Update(formula, ..) => formula.names(0),
            Self::Similarity(..)
            | Self::StandardizeRows(..)
            | Self::NormalizeRows(..)
            | Self::LowerTriangle(_) => true,
            _ => false,
        }
    }
}

fn with_thresholds(
    mut inputs: Vec<OperandSpec>,
    thresholds: ThresholdOperand,
    dims: &Dims,
    out: OperandSpec,
) -> Vec<OperandSpec> {
    if thresholds == ThresholdOperand::Given {
        inputs.push(("thresholds", dims.cols));
    }
    inputs.push(out);
    inputs
}

/// The operands that the formula names, each behind as many values as its place says, and the result.
fn formula_operands(formula: &Formula, dims: Dims, spreads: &[Spread], first: usize) -> Vec<OperandSpec> {
    let operand = |(place, spread): (usize, &Spread)| match formula.names(first + place) {
        true => ("operand", place + spread.len(dims)),
        false => ("unnamed", 0),
    };
    let inputs = spreads.iter().enumerate().map(operand);
    inputs.chain([("out", dims.len())]).collect()
}
