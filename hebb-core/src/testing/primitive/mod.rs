//! Calls of backend primitives as data: operands, execution and error bounds.

mod backprop;
mod bounds;
mod check;
mod corpus;
mod operands;

use backprop::BackpropCall;
pub(super) use check::check;
pub(super) use corpus::corpus;

use crate::Result;
use crate::backend::{Backend, Dims, Gemm, Operand, PatchMatrix, PoolBatch, Spread};
use crate::error::Error;
use crate::formula::Formula;
use crate::geometry::{ConvGeometry, ImageShape};
use crate::plan::{Competition, Output, Pool, Similarity};

/// One call of a primitive, without its operands.
#[derive(Clone, Debug)]
pub(super) enum Primitive {
    Copy(usize),
    Gemm(Gemm),
    Im2col(ConvGeometry, usize),
    RowNorms(Dims),
    Similarity(Similarity, Dims),
    Compete(Competition, Dims, ThresholdOperand),
    /// Formula, matrix, and how the operands spread over it.
    Map(Formula, Dims, &'static [Spread]),
    /// As [`Self::Map`], from operand 1 on.
    Update(Formula, Dims, &'static [Spread]),
    ColumnSums(Dims),
    Activate(Output, Dims, ThresholdOperand),
    Pool(Pool, usize, ImageShape),
    StandardizeRows(Dims, f32),
    LowerTriangle(usize),
    NormalizeRows(Dims, f32),
    Largest(usize),
    Backprop(BackpropCall),
}

/// Presence of the thresholds operand.
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
            Self::Im2col(conv, images) => backend.im2col(&PatchMatrix::new(*conv, *images), &inputs[0], out),
            Self::RowNorms(dims) => backend.row_norms_squared(*dims, &inputs[0], out),
            Self::Similarity(kind, dims) => backend.similarity(*kind, *dims, &inputs[0], &inputs[1], out),
            Self::Compete(kind, dims, _) => backend.compete(kind, *dims, &inputs[0], inputs.get(1), out),
            Self::Map(formula, dims, spreads) => {
                backend.map(formula, *dims, &spread_over::<B>(inputs, spreads), out)
            }
            Self::Update(formula, dims, spreads) => {
                backend.update(formula, *dims, &spread_over::<B>(inputs, spreads), out)
            }
            Self::ColumnSums(dims) => backend.column_sums(*dims, &inputs[0], out),
            Self::Activate(kind, dims, _) => {
                backend.activate(kind, *dims, &inputs[0], inputs.get(2), &inputs[1], out)
            }
            Self::Pool(pool, images, shape) => {
                backend.pool(&PoolBatch::new(*pool, *images, *shape)?, &inputs[0], out)
            }
            Self::StandardizeRows(dims, epsilon) => backend.standardize_rows(*dims, *epsilon, out),
            Self::LowerTriangle(size) => backend.lower_triangle(*size, out),
            Self::NormalizeRows(dims, epsilon) => backend.normalize_rows(*dims, *epsilon, out),
            Self::Largest(len) => backend.largest_size(*len, &inputs[0], out),
            Self::Backprop(call) => call.run(backend, inputs, out),
        }
    }
}

/// The inputs as operands, each from the index of its place on.
fn spread_over<'a, B: Backend>(inputs: &'a [B::Buffer], spreads: &[Spread]) -> Vec<Operand<'a, B>> {
    let inputs = inputs.iter().zip(spreads).enumerate();
    inputs
        .map(|(offset, (buffer, &spread))| Operand {
            buffer,
            offset,
            spread,
        })
        .collect()
}
