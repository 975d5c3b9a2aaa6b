//! Statistics of columns, composed from the primitives.

use super::{Backend, Dims, Operand};
use crate::error::Result;
use crate::formula::Formula;

/// Two passes, so that a large mean costs no accuracy.
pub(super) fn moments<B: Backend>(
    backend: &B,
    dims: Dims,
    x: &B::Buffer,
    mean: &mut B::Buffer,
    variance: &mut B::Buffer,
) -> Result<()> {
    let mut gaps = backend.zeros(dims.len())?;
    let (columns, share) = (Dims::new(1, dims.cols), 1.0 / dims.rows.max(1) as f32);
    let share = Formula::of(|[sum]| sum * share);
    backend.column_sums(dims, x, mean)?;
    backend.update(&share, columns, &[], mean)?;
    let gap = Formula::of(|[x, mean]| (x.clone() - mean.clone()) * (x - mean));
    let operands = [Operand::elements(x), Operand::columns(mean)];
    backend.map(&gap, dims, &operands, &mut gaps)?;
    backend.column_sums(dims, &gaps, variance)?;
    backend.update(&share, columns, &[], variance)
}

pub(super) fn products<B: Backend>(
    backend: &B,
    dims: Dims,
    [x, y, centre]: [&B::Buffer; 3],
    out: &mut B::Buffer,
) -> Result<()> {
    let mut terms = backend.zeros(dims.len())?;
    let term = Formula::of(|[x, y, centre]| x * (y - centre));
    let operands = [
        Operand::elements(x),
        Operand::elements(y),
        Operand::columns(centre),
    ];
    backend.map(&term, dims, &operands, &mut terms)?;
    backend.column_sums(dims, &terms, out)
}
