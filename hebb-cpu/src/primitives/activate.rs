//! The layer's output before pooling.

use super::sums::sum_of;
use super::{compete, kernel, similarity, vectorized};
use crate::parallel::Pool;
use hebb_core::backend::Dims;
use hebb_core::plan::{Competition, Output, Similarity};

/// [`Output::of`] for every row of P×N; `y` is read only for [`Output::Competition`].
pub(crate) fn activate(
    pool: &Pool,
    output: &Output,
    dims: Dims,
    u: &[f32],
    thresholds: Option<&[f32]>,
    y: &[f32],
    out: &mut [f32],
) {
    if let Output::KNearest { k } = *output {
        return compete::compete(pool, &Competition::k_wta(k), dims, u, None, out);
    }
    pool.rows(dims.rows, dims.cols, out, |first, part| {
        let span = first * dims.cols..first * dims.cols + part.len();
        match *output {
            Output::Raw => part.copy_from_slice(&u[span]),
            Output::Competition => part.copy_from_slice(&y[span]),
            // Done above, for whole rows.
            Output::KNearest { .. } => {}
            Output::Relu | Output::ClippedCosine => vectorized(Relu, (&u[span], part)),
            Output::Triangle { power } => {
                let rows = u[span].chunks_exact(dims.cols);
                for (out, u) in part.chunks_exact_mut(dims.cols).zip(rows) {
                    vectorized(Triangle, (power, u, thresholds, out));
                }
            }
        }
    });
}

#[inline(always)]
fn relu(u: &[f32], out: &mut [f32]) {
    out.iter_mut().zip(u).for_each(|(out, u)| *out = u.max(0.0));
}

kernel!(Relu: relu(u: &[f32], out: &mut [f32]));

#[inline(always)]
fn triangle(power: f32, u: &[f32], thresholds: Option<&[f32]>, scores: &mut [f32]) {
    compete::scores(u, thresholds, scores);
    rise(power, scores);
}

/// Similarities as [`Output::Relu`] or [`Output::ClippedCosine`] puts them out, in place.
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
pub(crate) fn rise(power: f32, scores: &mut [f32]) {
    let mean = sum_of(scores, |score| score) / scores.len() as f32;
    scores
        .iter_mut()
        .for_each(|score| *score = (*score - mean).max(0.0));
    similarity::raise(power, scores);
}

kernel!(Triangle: triangle(power: f32, u: &[f32], thresholds: Option<&[f32]>, scores: &mut [f32]));
