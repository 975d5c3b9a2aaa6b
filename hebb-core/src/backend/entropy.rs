//! Softmax cross-entropy on the host, from the definition in f64.

use super::{Backend, Dims, host_of};
use crate::backprop::RowLoss;
use crate::error::Result;

pub(super) fn gradient<B: Backend>(
    backend: &B,
    dims: Dims,
    logits: &B::Buffer,
    labels: &B::Buffer,
    gradient: &mut B::Buffer,
) -> Result<()> {
    let share = 1.0 / dims.rows.max(1) as f64;
    let of = |row: &RowLoss| row.gradient.iter().map(|value| (share * value) as f32).collect();
    let values: Vec<Vec<f32>> = rows(backend, dims, logits, labels)?.iter().map(of).collect();
    backend.upload(&values.concat(), gradient)
}

pub(super) fn scores<B: Backend>(
    backend: &B,
    dims: Dims,
    logits: &B::Buffer,
    labels: &B::Buffer,
    scores: &mut B::Buffer,
) -> Result<()> {
    let of = |row: RowLoss| [row.loss as f32, f32::from(u8::from(row.correct))];
    let values: Vec<[f32; 2]> = rows(backend, dims, logits, labels)?.into_iter().map(of).collect();
    backend.upload(values.as_flattened(), scores)
}

fn rows<B: Backend>(backend: &B, dims: Dims, logits: &B::Buffer, labels: &B::Buffer) -> Result<Vec<RowLoss>> {
    let logits = host_of(backend, logits, dims.len())?;
    let labels = host_of(backend, labels, dims.rows)?;
    let rows = logits.chunks_exact(dims.cols.max(1)).zip(&labels);
    Ok(rows
        .map(|(row, label)| RowLoss::of(row, *label as usize))
        .collect())
}
