//! Activation: the output of a layer before pooling.

use super::sums::sum_of;
use super::{compete, similarity};
use crate::simd::{kernel, vectorized};
use crate::threads::Threads;
use hebb_core::backend::Dims;
use hebb_core::plan::{Competition, Output, Similarity};

/// [`Output::of`] for every row of P×N, from u and y; y is read only for [`Output::Competition`].
pub(crate) fn activate(
    threads: &Threads,
    output: &Output,
    dims: Dims,
    [u, y]: [&[f32]; 2],
    thresholds: Option<&[f32]>,
    out: &mut [f32],
) {
    if let Output::KNearest { k } = *output {
        return compete::compete(threads, &Competition::k_wta(k), dims, u, None, out);
    }
    let from = match output {
        Output::Competition => y,
        _ => u,
    };
    threads.rows(dims.rows, dims.cols, out, |first, part| {
        part.copy_from_slice(&from[first * dims.cols..][..part.len()]);
        vectorized(ActivateRows, (output, thresholds, dims.cols, part));
    });
}

#[inline(always)]
fn activate_rows(output: &Output, thresholds: Option<&[f32]>, cols: usize, rows: &mut [f32]) {
    for row in rows.chunks_exact_mut(cols) {
        activate_row(output, Similarity::Dot, thresholds, row);
    }
}

kernel!(ActivateRows: activate_rows(output: &Output, thresholds: Option<&[f32]>, cols: usize, rows: &mut [f32]));

/// Turns u of a patch into the output of [`Output::Raw`], [`Output::Relu`], [`Output::ClippedCosine`] or
/// [`Output::Triangle`], in place; other outputs are left as they are.
#[inline(always)]
pub(crate) fn activate_row(
    output: &Output,
    similarity: Similarity,
    thresholds: Option<&[f32]>,
    row: &mut [f32],
) {
    match *output {
        Output::Raw | Output::Competition | Output::KNearest { .. } => {}
        Output::Relu | Output::ClippedCosine => clip(output, similarity, row),
        Output::Triangle { power } => {
            compete::subtract(thresholds, row);
            center_and_raise(power, row);
        }
    }
}

/// max(0, u), or for [`Output::ClippedCosine`] the clipped cosine from a raised one, in place.
#[inline(always)]
pub(crate) fn clip(output: &Output, similarity: Similarity, row: &mut [f32]) {
    match (output, similarity) {
        (Output::ClippedCosine, Similarity::RaisedCosine { power: 2.0 }) => {
            row.iter_mut().for_each(|u| *u = (2.0 * u.sqrt() - 1.0).max(0.0));
        }
        _ => row.iter_mut().for_each(|u| *u = u.max(0.0)),
    }
}

/// max(0, s − mean s)^power of a row of scores, in place.
#[inline(always)]
fn center_and_raise(power: f32, scores: &mut [f32]) {
    let mean = sum_of(scores, |score| score) / scores.len() as f32;
    scores
        .iter_mut()
        .for_each(|score| *score = (*score - mean).max(0.0));
    similarity::raise(power, scores);
}
