//! Who wins each position of a tile: positions side by side, units one after the other.

use crate::primitives::compete::{activity_of, key_of, score_of};
use hebb_core::plan::Competition;
use pulp::{Simd, WithSimd};

/// Winners of a position that one pass over the units each is cheap enough for.
pub(crate) const MAX_WINNERS: usize = 8;

/// What the competition leaves: for each of its winners, the unit (as bits) and y of every position.
#[derive(Debug)]
pub(super) struct Winners<'a> {
    pub(super) units: &'a mut [f32],
    pub(super) activity: &'a mut [f32],
    pub(super) span: usize,
}

/// The scores of a tile: u less the thresholds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scores<'a> {
    pub(super) u: &'a [f32],
    pub(super) thresholds: &'a [f32],
    pub(super) span: usize,
}

impl<'a> Winners<'a> {
    /// Room for `count` winners of each position.
    pub(super) fn of_scratch(scratch: &'a mut [f32], count: usize, span: usize) -> Self {
        let (units, activity) = scratch.split_at_mut(scratch.len() / 2);
        Self {
            units: &mut units[..count * span],
            activity: &mut activity[..count * span],
            span,
        }
    }

    /// The unit and y of a winner.
    #[inline(always)]
    pub(super) fn of(&self, winner: usize, position: usize) -> (usize, f32) {
        let at = winner * self.span + position;
        (self.units[at].to_bits() as usize, self.activity[at])
    }
}

impl Scores<'_> {
    /// Calls `with` for every unit with its scores at `RUNS` vectors of positions, from `at` on.
    #[inline(always)]
    pub(super) fn each<S: Simd, const RUNS: usize>(
        self,
        simd: S,
        at: usize,
        mut with: impl FnMut(u32, [S::f32s; RUNS]),
    ) {
        let rows = self.u.chunks_exact(self.span).zip(self.thresholds);
        for (unit, (row, threshold)) in rows.enumerate() {
            let threshold = simd.splat_f32s(*threshold);
            let (row, _) = S::as_simd_f32s(&row[at..][..RUNS * S::F32_LANES]);
            let scores = std::array::from_fn(|run| simd.sub_f32s(row[run], threshold));
            with(unit as u32, scores);
        }
    }
}

/// The competition for `count` winners of every position, `count` at most [`MAX_WINNERS`].
#[derive(Debug)]
pub(super) struct Contest<'a, 'b> {
    pub(super) winners: &'a mut Winners<'b>,
    pub(super) competition: &'a Competition,
    pub(super) count: usize,
    pub(super) scores: Scores<'a>,
    /// t of the image, where it says which units compete; else nothing.
    pub(super) teacher: &'a [f32],
}

impl WithSimd for Contest<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let span = self.scores.span;
        let mut at = 0;
        while at + 4 * S::F32_LANES <= span {
            self.at::<S, 4>(simd, at);
            at += 4 * S::F32_LANES;
        }
        while at < span {
            self.at::<S, 1>(simd, at);
            at += S::F32_LANES;
        }
        self.settle_zeros();
        for activity in &mut *self.winners.activity {
            *activity = activity_of(self.competition, *activity);
        }
        self.hush();
    }
}

impl Contest<'_, '_> {
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
        let mut found = 0;
        let rows = self.scores.u.chunks_exact(self.scores.span);
        for (unit, (row, threshold)) in rows.zip(self.scores.thresholds).enumerate() {
            let key = key_of(row[position] - threshold);
            let rank = best[..found].partition_point(|(other, _)| *other >= key);
            if rank < self.count {
                found = (found + 1).min(self.count);
                best[rank..found].rotate_right(1);
                best[rank] = (key, unit as u32);
            }
        }
        for (winner, (key, unit)) in best[..found].iter().enumerate() {
            let at = winner * self.scores.span + position;
            self.winners.units[at] = f32::from_bits(*unit);
            self.winners.activity[at] = score_of(*key);
        }
    }

    /// Takes the activity from winners that are not to compete: where fewer are than winners are sought.
    #[inline(always)]
    fn hush(&mut self) {
        if self.teacher.is_empty() {
            return;
        }
        let winners = &mut *self.winners;
        for (activity, unit) in winners.activity.iter_mut().zip(&*winners.units) {
            *activity *= f32::from(u8::from(self.teacher[unit.to_bits() as usize] > 0.0));
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
            let (units, _) = S::as_mut_simd_f32s(&mut self.winners.units[span.clone()]);
            let (scores, _) = S::as_mut_simd_f32s(&mut self.winners.activity[span]);
            for run in 0..RUNS {
                units[run] = simd.transmute_f32s_u32s(last.units[run]);
                scores[run] = last.scores[run];
            }
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
