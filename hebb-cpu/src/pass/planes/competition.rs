//! Competition of hard and k-winner-take-all layers at the positions of a tile.

use crate::memory::cleared;
use crate::primitives::compete::{MAX_WINNERS, activity_of, rank, score_of};
use hebb_core::Result;
use hebb_core::plan::Competition;
use pulp::{Simd, WithSimd};

/// The result of the competition: for each rank, the unit and y of every position.
#[derive(Debug, Default)]
pub(super) struct TileWinners {
    units: Vec<u32>,
    activity: Vec<f32>,
    span: usize,
}

/// The scores of a tile: u less the thresholds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scores<'a> {
    pub(super) u: &'a [f32],
    pub(super) thresholds: &'a [f32],
    pub(super) span: usize,
}

impl TileWinners {
    /// Makes it `count` winners of `span` positions.
    pub(super) fn resize(&mut self, count: usize, span: usize) -> Result<()> {
        self.span = span;
        cleared(&mut self.units, count * span)?;
        cleared(&mut self.activity, count * span)
    }

    /// The unit and y of a winner.
    #[inline(always)]
    pub(super) fn of(&self, winner: usize, position: usize) -> (usize, f32) {
        let at = winner * self.span + position;
        (self.units[at] as usize, self.activity[at])
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
pub(super) struct FindWinners<'a> {
    pub(super) winners: &'a mut TileWinners,
    pub(super) competition: &'a Competition,
    pub(super) count: usize,
    pub(super) scores: Scores<'a>,
    /// t of the image where it selects the units that compete; otherwise empty.
    pub(super) teacher: &'a [f32],
}

impl WithSimd for FindWinners<'_> {
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
        for activity in &mut self.winners.activity {
            *activity = activity_of(self.competition, *activity);
        }
        self.clamp();
    }
}

impl FindWinners<'_> {
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

    /// Sets y of winners that the teacher excludes to zero: where fewer units compete than winners are found.
    #[inline(always)]
    fn clamp(&mut self) {
        if self.teacher.is_empty() {
            return;
        }
        let winners = &mut *self.winners;
        for (activity, unit) in winners.activity.iter_mut().zip(&winners.units) {
            *activity *= f32::from(u8::from(self.teacher[*unit as usize] > 0.0));
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
            for run in 0..RUNS {
                units[run] = last.units[run];
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
