//! A tile's output, pooled and turned to channels last.

use super::compete::{Scores, Winners};
use super::layout::LANES;
use super::tile::{Tile, tiles};
use crate::primitives::similarity::raise;
use hebb_core::geometry::ImageShape;
use hebb_core::plan::{Output, Pool, PoolKind};

/// Turns the similarities of a tile into outputs, in place.
#[inline(always)]
pub(super) fn activate(
    output: &Output,
    tile: &Tile,
    thresholds: &[f32],
    winners: Option<(&Winners<'_>, usize)>,
    means: &mut [f32],
    u: &mut [f32],
) {
    match *output {
        Output::Raw => {}
        Output::Relu => u.iter_mut().for_each(|u| *u = u.max(0.0)),
        Output::Triangle { power } => {
            let scores = Scores {
                u,
                thresholds,
                span: tile.span,
            };
            mean_scores(scores, means);
            for (row, threshold) in u.chunks_exact_mut(tile.span).zip(thresholds) {
                row.iter_mut()
                    .zip(&*means)
                    .for_each(|(u, mean)| *u = raise((*u - threshold - mean).max(0.0), power));
            }
        }
        Output::Competition => match winners {
            Some((winners, count)) => show_winners(tile, winners, count, u),
            // Without competition y is the score.
            None => u
                .chunks_exact_mut(tile.span)
                .zip(thresholds)
                .for_each(|(row, threshold)| row.iter_mut().for_each(|u| *u -= threshold)),
        },
    }
}

/// The mean over units of the scores of every position.
#[inline(always)]
fn mean_scores(scores: Scores<'_>, means: &mut [f32]) {
    let share = 1.0 / scores.thresholds.len() as f32;
    for (index, means) in means.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        let mut sums = [0.0; LANES];
        for column in scores.columns(index * LANES) {
            for lane in 0..LANES {
                sums[lane] += column[lane];
            }
        }
        *means = sums.map(|sum| sum * share);
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

impl Target<'_> {
    /// Writes the part of the output that a tile holds; `values` is left unspecified.
    #[inline(always)]
    pub(super) fn write(&mut self, tile: &Tile, values: &mut [f32]) {
        match self.pool {
            None => self.copy(tile, values),
            Some((pool, pooled)) if tiles(&pool) => self.pool_tiled(&pool, pooled, tile, values),
            Some((pool, pooled)) => self.pool_overlapping(&pool, pooled, values, tile),
        }
    }

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
    fn pool_tiled(&mut self, pool: &Pool, pooled: ImageShape, tile: &Tile, values: &mut [f32]) {
        let units = self.shape.channels;
        let windows = tile.rows[0] / pool.size..(tile.rows[1] / pool.size).min(pooled.height);
        for window in windows {
            let target = &mut self.image[window * pooled.width * units..][..pooled.width * units];
            for (unit, values) in values.chunks_exact_mut(tile.span).enumerate() {
                let row = tile.row(window * pool.size);
                let (head, tail) = values[row.start..].split_at_mut(row.len());
                for below in 1..pool.size {
                    let start = tile.row(window * pool.size + below).start - row.end;
                    combine(pool.kind, head, &tail[start..]);
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

#[inline(always)]
fn combine(kind: PoolKind, into: &mut [f32], other: &[f32]) {
    let pairs = into.iter_mut().zip(other);
    match kind {
        PoolKind::Average => pairs.for_each(|(into, other)| *into += other),
        PoolKind::Max => pairs.for_each(|(into, other)| *into = into.max(*other)),
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
        (PoolKind::Max, _) => pixels
            .zip(row.chunks_exact(pool.size))
            .for_each(|(pixel, window)| {
                *pixel = window.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            }),
    }
}
