//! A tile's output, pooled and turned to channels last.

use super::compete::{Scores, Winners};
use super::tile::{Tile, tiles};
use crate::primitives::similarity::raise;
use hebb_core::geometry::ImageShape;
use hebb_core::plan::{Output, Pool, PoolKind};
use pulp::{Simd, WithSimd};

/// What a tile's similarities are turned into.
#[derive(Debug)]
pub(super) struct Activation<'a> {
    pub(super) output: &'a Output,
    pub(super) tile: &'a Tile,
    pub(super) thresholds: &'a [f32],
    /// The winners and how many a position has; nothing without competition.
    pub(super) winners: Option<(&'a Winners<'a>, usize)>,
    /// Room for a value of each position.
    pub(super) means: &'a mut [f32],
    /// The similarities, which become outputs.
    pub(super) u: &'a mut [f32],
}

impl WithSimd for Activation<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            tile,
            thresholds,
            means,
            u,
            ..
        } = self;
        match *self.output {
            // The route leaves the code of the nearest units to the primitives.
            Output::Raw | Output::KNearest { .. } => {}
            Output::Relu | Output::ClippedCosine => u.iter_mut().for_each(|u| *u = u.max(0.0)),
            Output::Triangle { power } => {
                let span = tile.span;
                mean_scores(simd, Scores { u, thresholds, span }, means);
                for (row, threshold) in u.chunks_exact_mut(span).zip(thresholds) {
                    for (u, mean) in row.iter_mut().zip(&*means) {
                        *u = raise((*u - threshold - mean).max(0.0), power);
                    }
                }
            }
            Output::Competition => match self.winners {
                Some((winners, count)) => show_winners(tile, winners, count, u),
                // Without competition y is the score.
                None => u
                    .chunks_exact_mut(tile.span)
                    .zip(thresholds)
                    .for_each(|(row, threshold)| row.iter_mut().for_each(|u| *u -= threshold)),
            },
        }
    }
}

/// The mean over units of the scores of every position.
#[inline(always)]
fn mean_scores<S: Simd>(simd: S, scores: Scores<'_>, means: &mut [f32]) {
    let mut at = 0;
    while at + 4 * S::F32_LANES <= scores.span {
        mean_at::<S, 4>(simd, scores, at, means);
        at += 4 * S::F32_LANES;
    }
    while at < scores.span {
        mean_at::<S, 1>(simd, scores, at, means);
        at += S::F32_LANES;
    }
}

#[inline(always)]
fn mean_at<S: Simd, const RUNS: usize>(simd: S, scores: Scores<'_>, at: usize, means: &mut [f32]) {
    let mut sums = [simd.splat_f32s(0.0); RUNS];
    scores.each::<S, RUNS>(simd, at, |_, scores| {
        for run in 0..RUNS {
            sums[run] = simd.add_f32s(sums[run], scores[run]);
        }
    });
    let share = simd.splat_f32s(1.0 / scores.thresholds.len() as f32);
    let (means, _) = S::as_mut_simd_f32s(&mut means[at..][..RUNS * S::F32_LANES]);
    for run in 0..RUNS {
        means[run] = simd.mul_f32s(sums[run], share);
    }
}

#[inline(always)]
fn show_winners(tile: &Tile, winners: &Winners<'_>, count: usize, u: &mut [f32]) {
    u.fill(0.0);
    for (_, _, position) in tile.positions() {
        for winner in 0..count {
            let (unit, activity) = winners.of(winner, position);
            u[unit * tile.span + position] = activity;
        }
    }
}

/// Where a tile's output goes: the image's output (H, W, N).
#[derive(Debug)]
pub(super) struct Target<'a> {
    /// The output before pooling.
    pub(super) shape: ImageShape,
    /// The pooling and the shape after it.
    pub(super) pool: Option<(Pool, ImageShape)>,
    pub(super) image: &'a mut [f32],
}

/// Writes the part of the output that a tile holds; `values` is left unspecified.
#[derive(Debug)]
pub(super) struct Write<'a, 'b> {
    pub(super) target: &'a mut Target<'b>,
    pub(super) tile: &'a Tile,
    pub(super) values: &'a mut [f32],
}

impl WithSimd for Write<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { target, tile, values } = self;
        match target.pool {
            None => target.copy(tile, values),
            Some((pool, pooled)) if tiles(&pool) => target.pool_tiled(simd, &pool, pooled, tile, values),
            Some((pool, pooled)) => target.pool_overlapping(&pool, pooled, values, tile),
        }
    }
}

impl Target<'_> {
    #[inline(always)]
    fn copy(&mut self, tile: &Tile, values: &[f32]) {
        let units = self.shape.channels;
        for row in tile.rows[0]..tile.rows[1] {
            let target = &mut self.image[row * self.shape.width * units..][..self.shape.width * units];
            for (unit, values) in values.chunks_exact(tile.span).enumerate() {
                let pixels = target[unit..].iter_mut().step_by(units);
                pixels
                    .zip(&values[tile.row(row)])
                    .for_each(|(to, from)| *to = *from);
            }
        }
    }

    /// Windows side by side: rows are put together in place, then columns.
    #[inline(always)]
    fn pool_tiled<S: Simd>(
        &mut self,
        simd: S,
        pool: &Pool,
        pooled: ImageShape,
        tile: &Tile,
        values: &mut [f32],
    ) {
        let units = self.shape.channels;
        let windows = tile.rows[0] / pool.size..(tile.rows[1] / pool.size).min(pooled.height);
        for window in windows {
            let target = &mut self.image[window * pooled.width * units..][..pooled.width * units];
            for (unit, values) in values.chunks_exact_mut(tile.span).enumerate() {
                let row = tile.row(window * pool.size);
                let (head, tail) = values[row.start..].split_at_mut(row.len());
                for below in 1..pool.size {
                    let start = tile.row(window * pool.size + below).start - row.end;
                    combine(simd, pool.kind, head, &tail[start..]);
                }
                let pixels = target[unit..].iter_mut().step_by(units);
                pool_columns(pool, head, pixels);
            }
        }
    }

    /// Any windows, one by one.
    #[inline(always)]
    fn pool_overlapping(&mut self, pool: &Pool, pooled: ImageShape, values: &[f32], tile: &Tile) {
        let units = self.shape.channels;
        for (unit, values) in values.chunks_exact(tile.span).enumerate() {
            for row in 0..pooled.height {
                for column in 0..pooled.width {
                    let mut all = 0.0;
                    let mut largest = f32::NEG_INFINITY;
                    for y in pool.span(row, self.shape.height) {
                        let line = &values[tile.row(y)];
                        for value in &line[pool.span(column, self.shape.width)] {
                            all += value;
                            largest = largest.max(*value);
                        }
                    }
                    self.image[(row * pooled.width + column) * units + unit] = match pool.kind {
                        PoolKind::Average => all / (pool.size * pool.size) as f32,
                        PoolKind::Max => largest,
                    };
                }
            }
        }
    }
}

/// Adds a row to another or takes the larger values; rows are short, so that their rest is worth a masked vector.
#[inline(always)]
fn combine<S: Simd>(simd: S, kind: PoolKind, into: &mut [f32], other: &[f32]) {
    let both = |a, b| match kind {
        PoolKind::Average => simd.add_f32s(a, b),
        PoolKind::Max => simd.max_f32s(a, b),
    };
    let (other, other_rest) = S::as_simd_f32s(&other[..into.len()]);
    let (into, into_rest) = S::as_mut_simd_f32s(into);
    for (into, other) in into.iter_mut().zip(other) {
        *into = both(*into, *other);
    }
    if !into_rest.is_empty() {
        let sum = both(
            simd.partial_load_f32s(into_rest),
            simd.partial_load_f32s(other_rest),
        );
        simd.partial_store_f32s(into_rest, sum);
    }
}

#[inline(always)]
fn pool_columns<'a>(pool: &Pool, row: &[f32], pixels: impl Iterator<Item = &'a mut f32>) {
    let share = 1.0 / (pool.size * pool.size) as f32;
    match (pool.kind, pool.size) {
        (PoolKind::Average, 2) => pixels
            .zip(row.as_chunks::<2>().0)
            .for_each(|(pixel, [a, b])| *pixel = (a + b) * share),
        (PoolKind::Average, _) => pixels
            .zip(row.chunks_exact(pool.size))
            .for_each(|(pixel, window)| *pixel = window.iter().sum::<f32>() * share),
        (PoolKind::Max, 2) => pixels
            .zip(row.as_chunks::<2>().0)
            .for_each(|(pixel, [a, b])| *pixel = if a > b { *a } else { *b }),
        (PoolKind::Max, _) => pixels
            .zip(row.chunks_exact(pool.size))
            .for_each(|(pixel, window)| {
                *pixel = window.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            }),
    }
}
