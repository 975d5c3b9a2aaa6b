//! Softmax cross-entropy on the host, from the definition in f64.

use super::{Backend, Logits, host_of};
use crate::error::Result;

pub(super) fn gradient<B: Backend>(
    backend: &B,
    logits: Logits<'_, B>,
    gradient: &mut B::Buffer,
) -> Result<()> {
    let share = 1.0 / logits.dims.rows.max(1) as f64;
    let of = |row: &RowLoss| row.gradient.iter().map(|value| (share * value) as f32).collect();
    let values: Vec<Vec<f32>> = rows(backend, logits)?.iter().map(of).collect();
    backend.upload(&values.concat(), gradient)
}

pub(super) fn scores<B: Backend>(backend: &B, logits: Logits<'_, B>, scores: &mut B::Buffer) -> Result<()> {
    let of = |row: RowLoss| [row.loss as f32, f32::from(u8::from(row.correct))];
    let values: Vec<[f32; 2]> = rows(backend, logits)?.into_iter().map(of).collect();
    backend.upload(values.as_flattened(), scores)
}

fn rows<B: Backend>(backend: &B, logits: Logits<'_, B>) -> Result<Vec<RowLoss>> {
    let Logits { dims, values, labels } = logits;
    let values = host_of(backend, values, dims.len())?;
    let labels = host_of(backend, labels, dims.rows)?;
    let rows = values.chunks_exact(dims.cols.max(1)).zip(&labels);
    Ok(rows
        .map(|(row, label)| RowLoss::of(row, *label as usize))
        .collect())
}

/// The index of the largest value, the first of equals; 0 of none.
pub(crate) fn first_largest(row: &[f32]) -> usize {
    (1..row.len()).fold(0, |best, at| if row[at] > row[best] { at } else { best })
}

/// The loss of one image.
#[derive(Debug)]
pub(crate) struct RowLoss {
    /// −ln softmax(logits)\[label\].
    pub(crate) loss: f64,
    /// Its gradient with respect to the logits.
    pub(crate) gradient: Vec<f64>,
    /// Whether the first of the largest logits is the label's.
    pub(crate) correct: bool,
}

impl RowLoss {
    /// The loss of these logits; not a number for a label that is no class.
    pub(crate) fn of(logits: &[f32], label: usize) -> Self {
        let best = first_largest(logits);
        let wide: Vec<f64> = logits.iter().copied().map(f64::from).collect();
        let largest = wide.get(best).copied().unwrap_or_default();
        let mut gradient: Vec<f64> = wide.iter().map(|logit| (logit - largest).exp()).collect();
        let sum: f64 = gradient.iter().sum();
        gradient.iter_mut().for_each(|value| *value /= sum);
        if let Some(own) = gradient.get_mut(label) {
            *own -= 1.0;
        }
        Self {
            loss: sum.ln() + largest - wide.get(label).copied().unwrap_or(f64::NAN),
            gradient,
            correct: best == label,
        }
    }
}
