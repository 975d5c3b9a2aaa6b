//! Competition of hard and k-winner-take-all layers at the positions of a tile.

use super::image::{Image, TileScratch};
use super::tile::Tile;
use super::winners::{Scores, TileWinners};
use crate::primitives::compete::{MAX_WINNERS, activity_of, rank, score_of};
use crate::simd::kernel;
use pulp::Simd;

/// Finds the winners of every position of a tile and their y.
#[inline(always)]
fn find_winners<S: Simd>(simd: S, image: &Image<'_>, tile: &Tile, scratch: &mut TileScratch) {
    let plan = image.pass.input.plan;
    let clamped = !image.thresholds.is_empty();
    let mut search = Search {
        winners: &mut scratch.winners,
        count: image.pass.winners,
        scores: Scores {
            u: &scratch.u[..tile.span * plan.units],
            thresholds: if clamped {
                image.thresholds
            } else {
                image.prepared.thresholds
            },
            span: tile.span,
        },
    };
    let mut at = 0;
    while at + 4 * S::F32_LANES <= tile.span {
        search.at::<S, 4>(simd, at);
        at += 4 * S::F32_LANES;
    }
    while at < tile.span {
        search.at::<S, 1>(simd, at);
        at += S::F32_LANES;
    }
    search.settle_zeros();
    let TileWinners { units, activity, .. } = search.winners;
    for activity in &mut *activity {
        *activity = activity_of(&plan.competition, *activity);
    }
    if clamped {
        // Fewer units than winners may compete: the others have no activity.
        for (activity, unit) in activity.iter_mut().zip(&*units) {
            *activity *= f32::from(u8::from(image.teacher[*unit as usize] > 0.0));
        }
    }
}

kernel!(pub(super) FindWinners: simd find_winners(image: &Image<'_>, tile: &Tile, scratch: &mut TileScratch));

/// A search for `count` winners of every position, `count` at most [`MAX_WINNERS`].
struct Search<'a> {
    winners: &'a mut TileWinners,
    count: usize,
    scores: Scores<'a>,
}

impl Search<'_> {
    /// Ranks positions with a score of zero among the winners again: −0 ranks behind +0, which vectors hold for equal.
    #[inline(always)]
    fn settle_zeros(&mut self) {
        if self.winners.activity.iter().all(|score| *score != 0.0) {
            return;
        }
        let span = self.scores.span;
        for position in 0..span {
            let mut scores = self.winners.activity[position..].iter().step_by(span);
            if scores.any(|score| *score == 0.0) {
                self.rank_by_key(position);
            }
        }
    }

    /// The winners of one position in the order of [`f32::total_cmp`].
    #[inline(never)]
    fn rank_by_key(&mut self, position: usize) {
        let mut best = [(i32::MIN, 0); MAX_WINNERS];
        let best = &mut best[..self.count];
        let rows = self.scores.u.chunks_exact(self.scores.span);
        let scores = rows
            .zip(self.scores.thresholds)
            .map(|(row, threshold)| row[position] - threshold);
        rank(scores, best);
        for (winner, (key, unit)) in best.iter().enumerate() {
            let at = winner * self.scores.span + position;
            self.winners.units[at] = *unit;
            self.winners.activity[at] = score_of(*key);
        }
    }

    /// Finds the winners of `RUNS` vectors of positions; leaves their scores as activities.
    #[inline(always)]
    fn at<S: Simd, const RUNS: usize>(&mut self, simd: S, at: usize) {
        let mut last = first_of::<S, RUNS>(simd, self.scores, at);
        for winner in 0..self.count {
            if winner > 0 {
                last = next_of(simd, self.scores, at, last);
            }
            let to = winner * self.scores.span + at;
            let span = to..to + RUNS * S::F32_LANES;
            let (units, _) = S::as_mut_simd_u32s(&mut self.winners.units[span.clone()]);
            let (scores, _) = S::as_mut_simd_f32s(&mut self.winners.activity[span]);
            units[..RUNS].copy_from_slice(&last.units);
            scores[..RUNS].copy_from_slice(&last.scores);
        }
    }
}

/// One unit for each position, with its score.
#[derive(Clone, Copy)]
struct Ranked<S: Simd, const RUNS: usize> {
    scores: [S::f32s; RUNS],
    units: [S::u32s; RUNS],
}

impl<S: Simd, const RUNS: usize> Ranked<S, RUNS> {
    #[inline(always)]
    fn lowest(simd: S) -> Self {
        Self {
            scores: [simd.splat_f32s(f32::NEG_INFINITY); RUNS],
            units: [simd.splat_u32s(0); RUNS],
        }
    }

    /// Takes a unit's score where `wins` holds.
    #[inline(always)]
    fn take(&mut self, simd: S, run: usize, wins: S::m32s, score: S::f32s, unit: S::u32s) {
        self.scores[run] = simd.select_f32s(wins, score, self.scores[run]);
        self.units[run] = simd.select_u32s(wins, unit, self.units[run]);
    }
}

/// The largest scores; the first unit among equals.
#[inline(always)]
fn first_of<S: Simd, const RUNS: usize>(simd: S, scores: Scores<'_>, at: usize) -> Ranked<S, RUNS> {
    let mut best = Ranked::lowest(simd);
    scores.each::<S, RUNS>(simd, at, |unit, scores| {
        let unit = simd.splat_u32s(unit);
        for (run, score) in scores.into_iter().enumerate() {
            let wins = simd.greater_than_f32s(score, best.scores[run]);
            best.take(simd, run, wins, score, unit);
        }
    });
    best
}

/// The largest scores that rank behind `last`.
#[inline(always)]
fn next_of<S: Simd, const RUNS: usize>(
    simd: S,
    scores: Scores<'_>,
    at: usize,
    last: Ranked<S, RUNS>,
) -> Ranked<S, RUNS> {
    let mut best = Ranked::lowest(simd);
    scores.each::<S, RUNS>(simd, at, |unit, scores| {
        let unit = simd.splat_u32s(unit);
        for (run, score) in scores.into_iter().enumerate() {
            let tied = simd.equal_f32s(score, last.scores[run]);
            let later = simd.and_m32s(tied, simd.greater_than_u32s(unit, last.units[run]));
            let behind = simd.or_m32s(simd.less_than_f32s(score, last.scores[run]), later);
            let wins = simd.and_m32s(behind, simd.greater_than_f32s(score, best.scores[run]));
            best.take(simd, run, wins, score, unit);
        }
    });
    best
}
