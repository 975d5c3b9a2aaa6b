//! Pooling of channels-last images.

use crate::simd::{kernel, vectorized};
use crate::threads::Threads;
use hebb_core::backend::{LayerPlan, PoolBatch};
use hebb_core::geometry::ImageShape;
use hebb_core::plan::{Pool, PoolKind};

/// Pools a batch of images.
pub(crate) fn pool(threads: &Threads, batch: &PoolBatch, x: &[f32], out: &mut [f32]) {
    let PoolBatch {
        ref pool,
        input,
        output,
        ..
    } = *batch;
    let row_len = output.width * output.channels;
    threads.rows(out.len() / row_len.max(1), row_len, out, |first, part| {
        for (offset, row) in part.chunks_exact_mut(row_len).enumerate() {
            let index = first + offset;
            let image = &x[index / output.height * input.len()..][..input.len()];
            for (column, out) in row.chunks_exact_mut(output.channels).enumerate() {
                let at = [index % output.height, column];
                vectorized(PoolWindow, (pool, input, input.channels, image, at, out));
            }
        }
    });
}

/// One window, all channels; pixels lie `stride` values apart.
#[inline(always)]
pub(crate) fn window(
    pool: &Pool,
    input: ImageShape,
    stride: usize,
    image: &[f32],
    at: [usize; 2],
    out: &mut [f32],
) {
    let [row, column] = at;
    let start = match pool.kind {
        PoolKind::Average => 0.0,
        PoolKind::Max => f32::NEG_INFINITY,
    };
    out.fill(start);
    for y in pool.span(row, input.height) {
        for x in pool.span(column, input.width) {
            let pixel = &image[(y * input.width + x) * stride..][..input.channels];
            let pairs = out.iter_mut().zip(pixel);
            match pool.kind {
                PoolKind::Average => pairs.for_each(|(out, value)| *out += value),
                PoolKind::Max => pairs.for_each(|(out, value)| *out = out.max(*value)),
            }
        }
    }
    if pool.kind == PoolKind::Average {
        let share = 1.0 / (pool.size * pool.size) as f32;
        out.iter_mut().for_each(|out| *out *= share);
    }
}

kernel!(PoolWindow: window(pool: &Pool, input: ImageShape, stride: usize, image: &[f32], at: [usize; 2], out: &mut [f32]));

/// Returns true if the windows lie side by side.
pub(crate) fn is_tiled(pool: &Pool) -> bool {
    pool.size == pool.stride && pool.padding == 0
}

/// Writes the activations of whole images, pooled if the plan pools them: `u` has a row of `width` values for each position,
/// the units and what fills their last vector; an image's output has the shape `pooled`.
#[inline(always)]
fn pool_rows(plan: &LayerPlan, pooled: ImageShape, width: usize, u: &[f32], output: &mut [f32]) {
    let units = plan.units;
    let shape = plan.geometry.output(units);
    let Some(pool) = &plan.pool else {
        let rows = u.chunks_exact(width).zip(output.chunks_exact_mut(units));
        return rows.for_each(|(from, to)| to.copy_from_slice(&from[..units]));
    };
    let images = u.chunks_exact(shape.positions() * width);
    for (image, output) in images.zip(output.chunks_exact_mut(pooled.len())) {
        for (index, pixel) in output.chunks_exact_mut(units).enumerate() {
            let at = [index / pooled.width, index % pooled.width];
            window(pool, shape, width, image, at, pixel);
        }
    }
}

kernel!(pub(crate) PoolRows: pool_rows(plan: &LayerPlan, pooled: ImageShape, width: usize, u: &[f32], output: &mut [f32]));
