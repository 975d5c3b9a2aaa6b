//! Who wins each position of a tile: positions side by side, units one after the other.

use super::layout::LANES;
use crate::primitives::compete::{activity_of, key_of, score_of};
use hebb_core::plan::Competition;

/// Winners of a position that one pass over the units each is cheap enough for.
pub(super) const MAX_WINNERS: usize = 8;

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

    /// Runs the competition for `count` winners; `count` at most [`MAX_WINNERS`].
    #[inline(always)]
    pub(super) fn compete(&mut self, competition: &Competition, count: usize, scores: Scores<'_>) {
        for at in (0..self.span).step_by(LANES) {
            let mut last = Ranked::FIRST;
            for winner in 0..count {
                let best = if winner == 0 {
                    best_of(scores, at)
                } else {
                    best_after(scores, at, &last)
                };
                let to = winner * self.span + at;
                for lane in 0..LANES {
                    self.units[to + lane] = f32::from_bits(best.units[lane] as u32);
                    self.activity[to + lane] = activity_of(competition, score_of(best.keys[lane]));
                }
                last = best;
            }
        }
    }
}

/// One unit for each of [`LANES`] positions, with the key of its score.
#[derive(Clone, Copy)]
struct Ranked {
    keys: [i32; LANES],
    units: [i32; LANES],
}

impl Ranked {
    const FIRST: Self = Self {
        keys: [i32::MAX; LANES],
        units: [0; LANES],
    };
}

impl<'a> Scores<'a> {
    /// The scores of every unit for the positions from `at` on.
    #[inline(always)]
    pub(super) fn columns(self, at: usize) -> impl Iterator<Item = [f32; LANES]> + 'a {
        let rows = self.u.chunks_exact(self.span);
        rows.zip(self.thresholds).map(move |(row, threshold)| {
            let mut scores = [0.0; LANES];
            let row = &row[at..][..LANES];
            for lane in 0..LANES {
                scores[lane] = row[lane] - threshold;
            }
            scores
        })
    }
}

/// The largest score; the first unit among equals.
#[inline(always)]
fn best_of(scores: Scores<'_>, at: usize) -> Ranked {
    let mut best = Ranked {
        keys: [i32::MIN; LANES],
        units: [0; LANES],
    };
    for (unit, scores) in scores.columns(at).enumerate() {
        for (lane, score) in scores.into_iter().enumerate() {
            let key = key_of(score);
            let wins = key > best.keys[lane];
            best.keys[lane] = if wins { key } else { best.keys[lane] };
            best.units[lane] = if wins { unit as i32 } else { best.units[lane] };
        }
    }
    best
}

/// The largest score that ranks behind `last`.
#[inline(always)]
fn best_after(scores: Scores<'_>, at: usize, last: &Ranked) -> Ranked {
    let mut best = Ranked {
        keys: [i32::MIN; LANES],
        units: [0; LANES],
    };
    for (unit, scores) in scores.columns(at).enumerate() {
        let unit = unit as i32;
        for (lane, score) in scores.into_iter().enumerate() {
            let key = key_of(score);
            let tie = (key == last.keys[lane]) & (unit > last.units[lane]);
            let wins = (key > best.keys[lane]) & ((key < last.keys[lane]) | tie);
            best.keys[lane] = if wins { key } else { best.keys[lane] };
            best.units[lane] = if wins { unit } else { best.units[lane] };
        }
    }
    best
}
