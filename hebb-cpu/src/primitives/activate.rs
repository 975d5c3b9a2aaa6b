//! The layer's output before pooling.

use super::sums::sum_of;
use super::{compete, similarity, vectorized};
use crate::parallel::Pool;
use hebb_core::backend::Dims;
use hebb_core::plan::Output;

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
    pool.rows(dims.rows, dims.cols, out, |first, part| {
        let span = first * dims.cols..first * dims.cols + part.len();
        vectorized(|| match *output {
            Output::Raw => part.copy_from_slice(&u[span]),
            Output::Competition => part.copy_from_slice(&y[span]),
            Output::Relu => part
                .iter_mut()
                .zip(&u[span])
                .for_each(|(out, u)| *out = u.max(0.0)),
            Output::Triangle { power } => {
                let rows = u[span].chunks_exact(dims.cols);
                for (out, u) in part.chunks_exact_mut(dims.cols).zip(rows) {
                    compete::scores(u, thresholds, out);
                    triangle(power, out);
                }
            }
        });
    });
}

#[inline(always)]
fn triangle(power: f32, scores: &mut [f32]) {
    let mean = sum_of(scores, |score| score) / scores.len() as f32;
    scores
        .iter_mut()
        .for_each(|score| *score = similarity::raise((*score - mean).max(0.0), power));
}
