//! Layers whose winners learn from sparse images: products and winners.

use super::RowsPass;
use super::block::{RowLearner, RowResponse};
use super::sparse_image::SparseImage;
use crate::pass::CheckedInput;
use crate::pass::formula::UnitResponse;
use crate::pass::sums::UnitSums;
use crate::primitives::compete::{MAX_WINNERS, activity_of, ranked_winners, score_of};
use crate::simd::kernel;
use hebb_core::backend::LayerPlan;
use hebb_core::geometry::ConvGeometry;
use hebb_core::plan::Output;
use pulp::Simd;

/// The dot products of one image, a row for each position: the background's part from the sums of the weights, the rest value
/// by value. The weights are Wᵀ and the sum of each unit's weights.
#[inline(always)]
fn respond<S: Simd>(simd: S, pass: &RowsPass<'_>, image: &SparseImage, weights: [&[f32]; 2], u: &mut [f32]) {
    for (position, u) in u.chunks_exact_mut(pass.cut.width).enumerate() {
        let patch = (image, &pass.input.plan.geometry, position);
        let mut unit = 0;
        while unit < u.len() {
            unit += S::F32_LANES
                * match (u.len() - unit) / S::F32_LANES {
                    8.. => multiply::<S, 8>(simd, patch, weights, unit, u),
                    4.. => multiply::<S, 4>(simd, patch, weights, unit, u),
                    2.. => multiply::<S, 2>(simd, patch, weights, unit, u),
                    _ => multiply::<S, 1>(simd, patch, weights, unit, u),
                };
        }
    }
}

kernel!(pub(super) Respond: simd respond(pass: &RowsPass<'_>, image: &SparseImage, weights: [&[f32]; 2], u: &mut [f32]));

/// Dot products of `RUNS` vectors of units, from `unit` on, with the patch of a position.
#[inline(always)]
fn multiply<S: Simd, const RUNS: usize>(
    simd: S,
    (image, conv, position): (&SparseImage, &ConvGeometry, usize),
    [rows, unit_sums]: [&[f32]; 2],
    unit: usize,
    u: &mut [f32],
) -> usize {
    let (width, span) = (u.len(), RUNS * S::F32_LANES);
    let background = simd.splat_f32s(image.background);
    let (all, _) = S::as_simd_f32s(&unit_sums[unit..][..span]);
    let mut sums: [S::f32s; RUNS] = std::array::from_fn(|run| simd.mul_f32s(background, all[run]));
    image.each(conv, position, |k, value| {
        let (weights, _) = S::as_simd_f32s(&rows[k * width + unit..][..span]);
        let value = simd.splat_f32s(value);
        for run in 0..RUNS {
            sums[run] = simd.mul_add_e_f32s(value, weights[run], sums[run]);
        }
    });
    let (u, _) = S::as_mut_simd_f32s(&mut u[unit..][..span]);
    u.copy_from_slice(&sums);
    RUNS
}

/// A unit that wins a patch, and its factor in Aᵀ X.
#[derive(Clone, Copy, Debug)]
pub(super) struct Winner {
    pub(super) unit: u32,
    pub(super) factor: f32,
}

impl Default for Winner {
    /// No unit.
    fn default() -> Self {
        Self {
            unit: u32::MAX,
            factor: 0.0,
        }
    }
}

/// The learner of one image.
#[derive(Debug)]
pub(super) struct WinnerLearner<'a> {
    sums: &'a mut UnitSums,
    /// The winners of each position, the best first.
    winners: &'a mut [Winner],
    /// Keys and units of one patch's winners.
    best: [(i32, u32); MAX_WINNERS],
    count: usize,
}

impl<'a> WinnerLearner<'a> {
    pub(super) fn new(input: &CheckedInput<'_>, sums: &'a mut UnitSums, winners: &'a mut [Winner]) -> Self {
        Self {
            sums,
            winners,
            best: [(0, 0); MAX_WINNERS],
            count: input.winners(),
        }
    }
}

impl RowLearner for WinnerLearner<'_> {
    #[inline(always)]
    fn compete(&mut self, plan: &LayerPlan, y: &mut [f32]) {
        let best = &mut self.best[..self.count];
        ranked_winners(y, best);
        if plan.output == Output::Competition {
            y.fill(0.0);
            for (key, unit) in best {
                y[*unit as usize] = activity_of(&plan.competition, score_of(*key));
            }
        }
    }

    #[inline(always)]
    fn learn(&mut self, pass: &RowsPass<'_>, row: usize, response: RowResponse<'_>) {
        let plan = pass.input.plan;
        let formulas = pass.input.formulas(response.teacher);
        let winners = &mut self.winners[row * self.count..][..self.count];
        for (winner, (key, unit)) in winners.iter_mut().zip(&self.best) {
            let response = UnitResponse {
                unit: *unit as usize,
                activity: activity_of(&plan.competition, score_of(*key)),
                similarity: response.similarity[*unit as usize],
            };
            if response.activity != 0.0 {
                self.sums.add_winner(formulas, response);
                *winner = Winner {
                    unit: *unit,
                    factor: formulas.value(&plan.lowering.factor, response),
                };
            }
        }
    }
}
