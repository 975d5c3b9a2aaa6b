//! The responses, winners and outputs of some images.

use super::Events;
use super::image::{self, background, compress};
use crate::fused::{Formulas, MAX_WINNERS, Partial};
use crate::primitives::activate::{clip, rise};
use crate::primitives::apart;
use crate::primitives::compete::{activity_of, ranked_winners, score_of, subtract};
use crate::primitives::pool::PooledRows;
use crate::primitives::similarity::{prepare_patch, transform};
use hebb_core::plan::Output;
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// Some images; empty parts stand for what nobody asked for.
#[derive(Debug)]
pub(super) struct TileWork<'a> {
    pub(super) pass: &'a Events<'a>,
    pub(super) images: Range<usize>,
    /// Wᵀ, K rows of whole vectors.
    pub(super) weights: &'a [f32],
    pub(super) unit_sums: &'a [f32],
    pub(super) unit_norms: &'a [f32],
    pub(super) compressed: &'a mut [f32],
    pub(super) winners: &'a mut [f32],
    pub(super) own: &'a mut [f32],
    pub(super) partial: &'a mut [f32],
    pub(super) output: &'a mut [f32],
}

/// The winner that stands for none.
pub(super) const NOBODY: u32 = u32::MAX;

impl WithSimd for TileWork<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let pass = self.pass;
        let conv = &pass.plan.geometry;
        self.partial.fill(0.0);
        let values = pass
            .images_of(self.images.clone())
            .chunks_exact(conv.input().len());
        for (index, values) in values.enumerate() {
            let compressed = &mut self.compressed[index * pass.compressed_len()..][..pass.compressed_len()];
            compress(conv, values, background(values).unwrap_or(0.0), compressed);
            let events = image::Events::of(conv, compressed);
            let (u, scores) = self.own.split_at_mut(conv.positions() * pass.width());
            let respond = Respond {
                pass,
                events,
                weights: self.weights,
                unit_sums: self.unit_sums,
                unit_norms: self.unit_norms,
                u: &mut *u,
            };
            apart(simd, respond);
            let learns = pass.learns;
            let rows = Rows {
                pass,
                image: self.images.start + index,
                scores,
                winners: &mut self.winners[index * pass.winners_len()..][..pass.winners_len()],
                partial: learns.then(|| Partial::of(&mut *self.partial, 0, pass.plan.units)),
                u: &mut *u,
            };
            apart(simd, rows);
            if !self.output.is_empty() {
                let len = pass.output.len();
                let pooled = PooledRows {
                    plan: pass.plan,
                    pooled: pass.output,
                    width: pass.width(),
                    u,
                    output: &mut self.output[index * len..][..len],
                };
                apart(simd, pooled);
            }
        }
    }
}

/// U of one image, a row for each position.
struct Respond<'a> {
    pass: &'a Events<'a>,
    events: image::Events<'a>,
    weights: &'a [f32],
    unit_sums: &'a [f32],
    unit_norms: &'a [f32],
    u: &'a mut [f32],
}

impl WithSimd for Respond<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (plan, width) = (self.pass.plan, self.pass.width());
        let columns = plan.geometry.out_width();
        for position in 0..plan.geometry.positions() {
            let at = [position / columns, position % columns];
            let mut unit = 0;
            while unit < width {
                let runs = (width - unit) / S::F32_LANES;
                let place = [position * width, unit];
                unit += S::F32_LANES
                    * match runs {
                        8.. => self.add::<S, 8>(simd, at, place),
                        4.. => self.add::<S, 4>(simd, at, place),
                        2.. => self.add::<S, 2>(simd, at, place),
                        _ => self.add::<S, 1>(simd, at, place),
                    };
            }
            self.resemble(at, position * width);
        }
    }
}

impl Respond<'_> {
    /// Dot products of `RUNS` vectors of units with one patch.
    #[inline(always)]
    fn add<S: Simd, const RUNS: usize>(&mut self, simd: S, at: [usize; 2], [row, unit]: [usize; 2]) -> usize {
        let width = self.pass.width();
        let span = RUNS * S::F32_LANES;
        let background = simd.splat_f32s(self.events.background);
        let (all, _) = S::as_simd_f32s(&self.unit_sums[unit..][..span]);
        let mut sums: [S::f32s; RUNS] = std::array::from_fn(|run| simd.mul_f32s(background, all[run]));
        self.events.each(at, |k, value| {
            let (weights, _) = S::as_simd_f32s(&self.weights[k * width + unit..][..span]);
            let value = simd.splat_f32s(value);
            for run in 0..RUNS {
                sums[run] = simd.mul_add_e_f32s(value, weights[run], sums[run]);
            }
        });
        let (u, _) = S::as_mut_simd_f32s(&mut self.u[row + unit..][..span]);
        u.copy_from_slice(&sums);
        RUNS
    }

    /// Turns dot products into similarities.
    #[inline(always)]
    fn resemble(&mut self, at: [usize; 2], row: usize) {
        let plan = self.pass.plan;
        if !plan.similarity.needs_unit_norms() {
            return;
        }
        let background = self.events.background;
        let mut squared = plan.geometry.patch_len() as f32 * background * background;
        self.events
            .each(at, |_, value| squared += value * (2.0 * background + value));
        let patch = prepare_patch(plan.similarity, squared.max(0.0));
        let norms = &self.unit_norms[..plan.units];
        transform(plan.similarity, patch, norms, &mut self.u[row..][..plan.units]);
    }
}

/// Who wins each position of an image, what the winners are worth, and what is put out.
struct Rows<'a, 'b> {
    pass: &'a Events<'a>,
    image: usize,
    /// Room for the scores of a position.
    scores: &'a mut [f32],
    winners: &'a mut [f32],
    partial: Option<Partial<'b>>,
    u: &'a mut [f32],
}

impl WithSimd for Rows<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) {
        let (pass, plan) = (self.pass, self.pass.plan);
        let formulas = Formulas {
            rule: &plan.lowering,
            states: pass.states,
            teacher: pass.teacher.get(self.image * plan.units..).unwrap_or_default(),
            units: plan.units,
        };
        for position in 0..plan.geometry.positions() {
            let row = &mut self.u[position * pass.width()..][..plan.units];
            let mut best = [(0, 0); MAX_WINNERS];
            if pass.winners > 0 {
                let scores = &mut self.scores[..plan.units];
                scores.copy_from_slice(row);
                subtract(pass.thresholds, scores);
                ranked_winners(scores, &mut best[..pass.winners]);
            }
            for (rank, (key, unit)) in best[..pass.winners].iter().enumerate() {
                let activity = activity_of(&plan.competition, score_of(*key));
                let place = &mut self.winners[2 * (position * pass.winners + rank)..][..2];
                place.copy_from_slice(&[f32::from_bits(NOBODY), 0.0]);
                if let Some(partial) = self.partial.as_mut().filter(|_| activity != 0.0) {
                    let unit = *unit as usize;
                    partial.count(formulas, unit, activity, row[unit]);
                    place[0] = f32::from_bits(unit as u32);
                    place[1] = formulas.value(&plan.lowering.factor, unit, activity, row[unit]);
                }
            }
            match plan.output {
                // The route leaves the code of the nearest units to the primitives.
                Output::Raw | Output::KNearest { .. } => {}
                Output::Competition => {
                    row.fill(0.0);
                    for (key, unit) in &best[..pass.winners] {
                        row[*unit as usize] = activity_of(&plan.competition, score_of(*key));
                    }
                }
                Output::Relu | Output::ClippedCosine => clip(&plan.output, plan.similarity, row),
                Output::Triangle { power } => {
                    subtract(pass.thresholds, row);
                    rise(power, row);
                }
            }
        }
    }
}
