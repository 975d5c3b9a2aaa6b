//! The output of a tile: activation, pooling, and the way to channels last.

use super::image::{Image, TileScratch};
use super::tile::Tile;
use super::winners::{Scores, TileWinners};
use crate::pass::CheckedInput;
use crate::primitives::activate::clip;
use crate::primitives::pool::is_tiled;
use crate::primitives::similarity::raise;
use crate::simd::kernel;
use hebb_core::geometry::ImageShape;
use hebb_core::plan::{Output, Pool, PoolKind};
use pulp::Simd;
use std::ops::Range;

/// Turns the similarities of a tile into outputs, in place.
#[inline(always)]
fn activate<S: Simd>(simd: S, image: &Image<'_>, tile: &Tile, scratch: &mut TileScratch) {
    let (plan, thresholds, span) = (image.pass.input.plan, image.prepared.thresholds, tile.span);
    let TileScratch {
        u, norms, winners, ..
    } = scratch;
    let (u, means) = (&mut u[..span * plan.units], &mut norms[..span]);
    match plan.output {
        // The composed pass computes the code of the nearest units.
        Output::Raw | Output::KNearest { .. } => {}
        Output::Relu | Output::ClippedCosine => clip(&plan.output, plan.similarity, u),
        Output::Triangle { power } => {
            mean_scores(simd, Scores { u, thresholds, span }, means);
            for (row, threshold) in u.chunks_exact_mut(span).zip(thresholds) {
                for (u, mean) in row.iter_mut().zip(&*means) {
                    *u = (*u - threshold - mean).max(0.0);
                }
                raise(power, row);
            }
        }
        Output::Competition if plan.competition.winners().is_some() => {
            show_winners(tile, winners, image.pass.winners, u);
        }
        // Without competition y is the score.
        Output::Competition => u
            .chunks_exact_mut(span)
            .zip(thresholds)
            .for_each(|(row, threshold)| row.iter_mut().for_each(|u| *u -= threshold)),
    }
}

kernel!(pub(super) Activate: simd activate(image: &Image<'_>, tile: &Tile, scratch: &mut TileScratch));

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
fn show_winners(tile: &Tile, winners: &TileWinners, count: usize, u: &mut [f32]) {
    u.fill(0.0);
    for (_, _, position) in tile.positions() {
        for winner in 0..count {
            let (unit, activity) = winners.of(winner, position);
            u[unit * tile.span + position] = activity;
        }
    }
}

/// The output of an image (H, W, N), written tile by tile.
#[derive(Debug)]
pub(super) struct Target<'a> {
    /// The output before pooling.
    shape: ImageShape,
    /// The pooling and the shape after it.
    pool: Option<(Pool, ImageShape)>,
    image: &'a mut [f32],
}

/// Writes the part of the output that a tile holds.
#[inline(always)]
fn write(target: &mut Target<'_>, tile: &Tile, values: &[f32]) {
    match target.pool {
        None => target.copy(tile, values),
        Some((pool, pooled)) => match (is_tiled(&pool), pool.size) {
            (true, 2) => target.pool_tiled::<2>(pool.kind, pooled, tile, values),
            (true, 3) => target.pool_tiled::<3>(pool.kind, pooled, tile, values),
            (true, 4) => target.pool_tiled::<4>(pool.kind, pooled, tile, values),
            _ => target.pool_any(&pool, pooled, tile, values),
        },
    }
}

kernel!(pub(super) Write: write(target: &mut Target<'_>, tile: &Tile, values: &[f32]));

impl<'a> Target<'a> {
    pub(super) fn new(input: &CheckedInput<'_>, image: &'a mut [f32]) -> Self {
        Self {
            shape: input.plan.geometry.output(input.plan.units),
            pool: input.plan.pool.map(|pool| (pool, input.output)),
            image,
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

    /// Windows of `SIZE` side by side.
    #[inline(always)]
    fn pool_tiled<const SIZE: usize>(
        &mut self,
        kind: PoolKind,
        pooled: ImageShape,
        tile: &Tile,
        values: &[f32],
    ) {
        let units = self.shape.channels;
        for window in windows(tile, SIZE, pooled) {
            let target = &mut self.image[window * pooled.width * units..][..pooled.width * units];
            let rows: [usize; SIZE] = std::array::from_fn(|below| tile.row(window * SIZE + below).start);
            for (unit, values) in values.chunks_exact(tile.span).enumerate() {
                let rows = rows.map(|start| &values[start..].as_chunks::<SIZE>().0[..pooled.width]);
                let pixels = target[unit..].iter_mut().step_by(units);
                for (column, pixel) in pixels.enumerate() {
                    *pixel = pool_window(kind, rows.map(|row| row[column]));
                }
            }
        }
    }

    /// Any windows.
    #[inline(always)]
    fn pool_any(&mut self, pool: &Pool, pooled: ImageShape, tile: &Tile, values: &[f32]) {
        let units = self.shape.channels;
        // Where windows overlap, the tile is the whole image.
        let rows = match is_tiled(pool) {
            true => windows(tile, pool.size, pooled),
            false => 0..pooled.height,
        };
        for (unit, values) in values.chunks_exact(tile.span).enumerate() {
            for row in rows.clone() {
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

/// The rows of windows side by side that lie in a tile.
fn windows(tile: &Tile, size: usize, pooled: ImageShape) -> Range<usize> {
    tile.rows[0] / size..(tile.rows[1] / size).min(pooled.height)
}

/// One window's output from its rows.
#[inline(always)]
fn pool_window<const SIZE: usize>(kind: PoolKind, rows: [[f32; SIZE]; SIZE]) -> f32 {
    let larger = |a: f32, b: f32| if a > b { a } else { b };
    let mut columns = rows[0];
    for row in &rows[1..] {
        for (column, value) in columns.iter_mut().zip(row) {
            *column = match kind {
                PoolKind::Average => *column + value,
                PoolKind::Max => larger(*column, *value),
            };
        }
    }
    match kind {
        PoolKind::Average => columns.iter().sum::<f32>() * (1.0 / (SIZE * SIZE) as f32),
        PoolKind::Max => columns.into_iter().fold(f32::NEG_INFINITY, larger),
    }
}
