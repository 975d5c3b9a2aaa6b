//! Pooling of channels-last images.

use crate::simd::{kernel, vectorized};
use crate::threads::Threads;
use hebb_core::backend::LayerPlan;
use hebb_core::geometry::ImageShape;
use hebb_core::plan::{Pool, PoolKind};
use pulp::{Simd, WithSimd};

/// Pools images of shape `input` to images of shape `output`.
pub(crate) fn pool(
    threads: &Threads,
    pool: &Pool,
    input: ImageShape,
    output: ImageShape,
    x: &[f32],
    out: &mut [f32],
) {
    let row_len = output.width * output.channels;
    threads.rows(out.len() / row_len.max(1), row_len, out, |first, part| {
        for (offset, row) in part.chunks_exact_mut(row_len).enumerate() {
            let index = first + offset;
            let image = &x[index / output.height * input.len()..][..input.len()];
            for (column, out) in row.chunks_exact_mut(output.channels).enumerate() {
                vectorized(
                    PoolWindow,
                    (
                        pool,
                        input,
                        input.channels,
                        image,
                        [index % output.height, column],
                        out,
                    ),
                );
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

/// Writes the activations of whole images, pooled if the plan pools them.
pub(crate) struct PooledRows<'a> {
    pub(crate) plan: &'a LayerPlan,
    /// The shape of an image's output.
    pub(crate) pooled: ImageShape,
    /// Values from one position to the next: the units, and what fills their last vector.
    pub(crate) width: usize,
    /// A row for each position.
    pub(crate) u: &'a [f32],
    pub(crate) output: &'a mut [f32],
}

impl WithSimd for PooledRows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let (units, width) = (self.plan.units, self.width);
        let shape = self.plan.geometry.output(units);
        let (pooled, Some(pool)) = (self.pooled, &self.plan.pool) else {
            let rows = self
                .u
                .chunks_exact(width)
                .zip(self.output.chunks_exact_mut(units));
            return rows.for_each(|(from, to)| to.copy_from_slice(&from[..units]));
        };
        let images = self.u.chunks_exact(shape.positions() * width);
        for (image, output) in images.zip(self.output.chunks_exact_mut(pooled.len())) {
            for (index, pixel) in output.chunks_exact_mut(units).enumerate() {
                let at = [index / pooled.width, index % pooled.width];
                window(pool, shape, width, image, at, pixel);
            }
        }
    }
}
