//! The gradient of the filters: transformed output gradients times transformed images, then the adjoint filter transform.

use super::filters::FilterAdjoint;
use super::grad_output::{GradOutput, UnitsByTiles};
use super::tiling::POINTS;
use super::{spacing, split, split_mut};
use crate::gemm::{MR, PackedB, RowMajor, packed_b_len};
use crate::memory::BufferPool;
use crate::simd::vectorized;
use crate::threads::{Threads, chunks};
use hebb_core::Result;
use std::ops::Range;

/// Σ y xᵀ over the images of a group (N×3×3×C).
#[derive(Debug)]
pub(crate) struct GradFilter<'a> {
    pub(crate) grad_output: GradOutput<'a>,
    /// The transformed images: for each point a row of C values for each tile.
    pub(crate) transformed: [&'a [f32]; POINTS],
    pub(crate) images: usize,
    /// The sums hold those of a former group already.
    pub(crate) continues: bool,
}

impl GradFilter<'_> {
    /// Adds it to `sums`.
    pub(crate) fn run(&self, threads: &Threads, buffers: &BufferPool, sums: &mut [f32]) -> Result<()> {
        let tiling = self.grad_output.tiling;
        let (tiles, channels) = (self.images * tiling.tiles(), tiling.channels);
        let len = packed_b_len(tiles, channels);
        let units = units_at_once(self.grad_output.units, channels);
        let point_len = spacing(units * channels);
        buffers.with(POINTS * (len + point_len), |memory| {
            let (packed_b, products) = memory.split_at_mut(POINTS * len);
            let mut points = self.transformed.into_iter();
            let packed_b = split_mut(packed_b, len).map(|memory| {
                let right = RowMajor::new(points.next().unwrap_or_default(), channels);
                PackedB::new(threads, right, [tiles, channels], memory)
            });
            for (index, sums) in sums.chunks_mut(units * tiling.filter_len()).enumerate() {
                let units = index * units..index * units + sums.len() / tiling.filter_len();
                self.multiply(threads, packed_b, units, products);
                self.add(threads, split(products, point_len), sums);
            }
        })
    }

    /// The points of some units' rows.
    fn multiply(
        &self,
        threads: &Threads,
        packed_b: [PackedB<'_>; POINTS],
        units: Range<usize>,
        products: &mut [f32],
    ) {
        let (len, point_len) = (units.len() * packed_b[0].columns, products.len() / POINTS);
        threads.split(POINTS, chunks(products, point_len), |point, products| {
            let left = UnitsByTiles(self.grad_output, point);
            packed_b[point].multiply(left, units.clone(), &mut products[..len]);
        });
    }

    /// Adds the points of some units' rows to their sums.
    fn add(&self, threads: &Threads, transformed: [&[f32]; POINTS], sums: &mut [f32]) {
        /// Units of a task.
        const UNITS: usize = 16;
        let channels = self.grad_output.tiling.channels;
        let row = self.grad_output.tiling.filter_len();
        let tasks = sums.len().div_ceil(UNITS * row);
        threads.split(tasks, chunks(sums, UNITS * row), |task, sums| {
            let transformed = transformed.map(|values| &values[task * UNITS * channels..]);
            vectorized(FilterAdjoint, (channels, transformed, self.continues, sums));
        });
    }
}

/// Units whose products are summed before they are transformed: few enough for a cache that threads share.
fn units_at_once(units: usize, channels: usize) -> usize {
    const VALUES: usize = 1 << 20;
    let most = (VALUES / (POINTS * channels) / MR).max(1);
    let blocks = units.div_ceil(MR);
    blocks.div_ceil(blocks.div_ceil(most)) * MR
}
