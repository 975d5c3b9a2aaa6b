//! Competition over units: hard, k and soft winner-take-all.

use super::sums::sum_of;
use crate::math::exp;
use crate::simd::{kernel, vectorized};
use crate::threads::Threads;
use hebb_core::backend::Dims;
use hebb_core::plan::Competition;

/// Winners of a position that one sweep over the units each is cheap enough for.
pub(crate) const MAX_WINNERS: usize = 8;

/// An integer that orders as `score` does in [`f32::total_cmp`]; its own inverse is [`score_of`].
#[inline(always)]
pub(crate) fn key_of(score: f32) -> i32 {
    let bits = score.to_bits() as i32;
    bits ^ ((bits >> 31) as u32 >> 1) as i32
}

/// The score of a key.
#[inline(always)]
pub(crate) fn score_of(key: i32) -> f32 {
    f32::from_bits((key ^ ((key >> 31) as u32 >> 1) as i32) as u32)
}

/// y of a winner.
#[inline(always)]
pub(crate) fn activity_of(competition: &Competition, score: f32) -> f32 {
    match *competition {
        Competition::None => score,
        Competition::HardWta => 1.0,
        Competition::KWta { positive: true, .. } if score <= 0.0 => 0.0,
        Competition::KWta { values: true, .. } => score,
        Competition::KWta { values: false, .. } => 1.0,
        // Graded competitions have no winners.
        _ => score,
    }
}

/// y (P×N) from u (P×N) and thresholds (N).
pub(crate) fn compete(
    threads: &Threads,
    competition: &Competition,
    dims: Dims,
    u: &[f32],
    thresholds: Option<&[f32]>,
    y: &mut [f32],
) {
    threads.rows(dims.rows, dims.cols, y, |first, part| {
        for (offset, y) in part.chunks_exact_mut(dims.cols).enumerate() {
            let u = &u[(first + offset) * dims.cols..][..dims.cols];
            vectorized(Scores, (u, thresholds, &mut *y));
            activity(competition, y);
        }
    });
}

/// Turns the scores of a patch into y.
pub(crate) fn activity(competition: &Competition, y: &mut [f32]) {
    match *competition {
        Competition::None => {}
        Competition::HardWta | Competition::KWta { k: 1, .. } => one_winner(competition, y),
        Competition::KWta { k, .. } => many_winners(competition, k, y),
        Competition::SoftWta { beta } => vectorized(Softmax, (beta, y)),
        Competition::SignedSoftWta { beta } => soft_with_winner(beta, y, |r, wins| if wins { r } else { -r }),
        Competition::WinnerResidual { beta } => {
            soft_with_winner(beta, y, |r, wins| f32::from(u8::from(wins)) - r);
        }
        Competition::RankCoded { .. } | Competition::Lateral { .. } => by_definition(competition, y),
    }
}

/// s = u − b.
#[inline(always)]
pub(crate) fn scores(u: &[f32], thresholds: Option<&[f32]>, s: &mut [f32]) {
    s.copy_from_slice(u);
    subtract(thresholds, s);
}

/// Takes the thresholds off a row.
#[inline(always)]
pub(crate) fn subtract(thresholds: Option<&[f32]>, row: &mut [f32]) {
    if let Some(thresholds) = thresholds {
        row.iter_mut().zip(thresholds).for_each(|(u, b)| *u -= b);
    }
}

kernel!(pub(crate) Scores: scores(u: &[f32], thresholds: Option<&[f32]>, s: &mut [f32]));

#[inline(always)]
fn largest_key(scores: &[f32]) -> Option<i32> {
    scores.iter().map(|s| key_of(*s)).max()
}

kernel!(LargestKey: largest_key(scores: &[f32]) -> Option<i32>);

/// y of a row of scores by the competition's own definition.
fn by_definition(competition: &Competition, y: &mut [f32]) {
    let scores: Vec<f64> = y.iter().map(|s| f64::from(*s)).collect();
    let mut activity = vec![0.0; scores.len()];
    competition.of(&scores, &mut activity);
    y.iter_mut()
        .zip(activity)
        .for_each(|(y, value)| *y = value as f32);
}

/// The first unit with the largest score, and the score's key.
fn winner(scores: &[f32]) -> Option<(usize, i32)> {
    let best = vectorized(LargestKey, (scores,))?;
    let unit = scores.iter().position(|s| key_of(*s) == best)?;
    Some((unit, best))
}

/// The units with the largest scores and the scores' keys, the best first, as many as `best` has room for.
#[inline(always)]
pub(crate) fn ranked_winners(scores: &[f32], best: &mut [(i32, u32)]) {
    if let [only] = best {
        *only = winner(scores).map_or((i32::MIN, 0), |(unit, key)| (key, unit as u32));
        return;
    }
    rank(scores.iter().copied(), best);
}

/// The units with the largest scores and the scores' keys, the best first, in one sweep.
#[inline(always)]
pub(crate) fn rank(scores: impl Iterator<Item = f32>, best: &mut [(i32, u32)]) {
    let mut found = 0;
    for (unit, score) in scores.enumerate() {
        let key = key_of(score);
        let rank = best[..found].partition_point(|(other, _)| *other >= key);
        if rank < best.len() {
            found = (found + 1).min(best.len());
            best[rank..found].rotate_right(1);
            best[rank] = (key, unit as u32);
        }
    }
}

fn one_winner(competition: &Competition, y: &mut [f32]) {
    let winner = winner(y);
    y.fill(0.0);
    if let Some((unit, best)) = winner {
        y[unit] = activity_of(competition, score_of(best));
    }
}

/// r = softmax(β s), in place.
#[inline(always)]
fn softmax(beta: f32, scores: &mut [f32]) {
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    scores.iter_mut().for_each(|s| *s = exp(beta * (*s - largest)));
    let share = sum_of(scores, |r| r).recip();
    scores.iter_mut().for_each(|r| *r *= share);
}

kernel!(Softmax: softmax(beta: f32, scores: &mut [f32]));

/// A function of each unit's r = softmax(β s) and of whether it is the winner.
fn soft_with_winner(beta: f32, y: &mut [f32], of: impl Fn(f32, bool) -> f32) {
    let winner = winner(y);
    vectorized(Softmax, (beta, &mut *y));
    let winner = winner.map(|(unit, _)| (unit, of(y[unit], true)));
    y.iter_mut().for_each(|r| *r = of(*r, false));
    if let Some((unit, activity)) = winner {
        y[unit] = activity;
    }
}

/// The k-th largest score splits the row; scores equal to it win from the first index on.
fn many_winners(competition: &Competition, k: usize, y: &mut [f32]) {
    let last = kth_key(y, k);
    let mut ties = k - y.iter().filter(|s| key_of(**s) > last).count().min(k);
    for s in y {
        let key = key_of(*s);
        let wins = key > last || (key == last && ties > 0);
        ties -= usize::from(wins && key == last);
        *s = if wins { activity_of(competition, *s) } else { 0.0 };
    }
}

const SIGN: u32 = 1 << 31;

/// The number of scores whose key, offset by the sign bit, is `bound` or more.
#[inline(always)]
fn count_from(scores: &[f32], bound: u32) -> u32 {
    let reaches = |s: &f32| u32::from((key_of(*s) as u32 ^ SIGN) >= bound);
    scores.iter().map(reaches).sum()
}

kernel!(CountFrom: count_from(scores: &[f32], bound: u32) -> u32);

/// The k-th largest key of a row, bit by bit from the highest: 32 counts over a row that stays in cache.
fn kth_key(scores: &[f32], k: usize) -> i32 {
    // Offset by the sign bit, keys order as unsigned numbers, and a prefix of bits bounds them from below.
    let mut bound = 0u32;
    for bit in (0..32).rev() {
        let higher = bound | 1 << bit;
        if vectorized(CountFrom, (scores, higher)) as usize >= k {
            bound = higher;
        }
    }
    (bound ^ SIGN) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_order_as_scores_do() {
        let scores = [f32::NEG_INFINITY, -2.0, -1e-40, -0.0, 0.0, 1e-40, 1.5, f32::MAX];
        assert!(scores.map(key_of).is_sorted());
        assert!(
            scores
                .iter()
                .all(|s| score_of(key_of(*s)).to_bits() == s.to_bits())
        );
    }

    #[test]
    fn the_kth_key_counts_equal_scores() {
        let scores = [3.0, -1.0, 3.0, 2.0, f32::MIN];
        let kth = |k| score_of(kth_key(&scores, k));
        assert_eq!(
            [kth(1), kth(2), kth(3), kth(4), kth(5)],
            [3.0, 3.0, 2.0, -1.0, f32::MIN]
        );
    }
}
