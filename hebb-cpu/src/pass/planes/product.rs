//! U (N×positions) = W (N×K) · Xᵀ (K×positions), X read where the planes of an image hold it.

use crate::simd::{kernel, outlined};
use hebb_core::backend::LayerPlan;
use pulp::{Simd, WithSimd};

/// Units that one kernel call computes side by side.
pub(super) const UNITS: usize = 6;

/// Values of X that a first-level cache holds beside the rest: what every block of units reads again.
const CACHED: usize = 3 << 11;

/// Steps of the inner dimension that are worth reading the sums again.
const SHALLOW: usize = 64;

/// The weights, packed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dense<'a> {
    /// Blocks of [`UNITS`] units, each K rows of one value a unit.
    pub(super) panels: &'a [f32],
    /// For each row the index of the first position's value in the planes.
    pub(super) offsets: &'a [u32],
}

impl Dense<'_> {
    /// Values of the panels.
    pub(super) fn panels_len(plan: &LayerPlan) -> usize {
        plan.units.next_multiple_of(UNITS) * plan.geometry.patch_len()
    }

    /// Values of X that are copied at once, for tiles of up to `span` positions: fewer positions have more steps.
    pub(super) fn packed_len(patch_len: usize, span: usize) -> usize {
        CACHED.max(SHALLOW * span).min(patch_len * span)
    }
}

/// U of a tile, one row of `span` positions for each unit, a multiple of [`super::layout::LANES`]; `planes` start with the
/// tile's first position, and `packed` is memory of [`Dense::packed_len`] from a cache line on, since a vector in two of them is
/// slow to read.
#[inline(always)]
fn dense_product<S: Simd>(
    simd: S,
    weights: Dense<'_>,
    planes: &[f32],
    span: usize,
    packed: &mut [f32],
    u: &mut [f32],
) {
    let Dense { panels, offsets } = weights;
    let depth = (CACHED / span).max(SHALLOW).min(offsets.len());
    for (part, some) in offsets.chunks(depth).enumerate() {
        for (to, offset) in packed.chunks_exact_mut(span).zip(some) {
            copy(simd, &planes[*offset as usize..][..span], to);
        }
        let steps = part * depth * UNITS..(part * depth + some.len()) * UNITS;
        let blocks = panels.chunks_exact(offsets.len() * UNITS);
        for (panel, u) in blocks.zip(u.chunks_mut(UNITS * span)) {
            let block = Block {
                panel: &panel[steps.clone()],
                packed: &*packed,
                continues: part > 0,
                span,
            };
            block.multiply(simd, u);
        }
    }
}

kernel!(pub(super) DenseProduct: simd dense_product(weights: Dense<'_>, planes: &[f32], span: usize, packed: &mut [f32], u: &mut [f32]));

/// A part of the inner dimension for [`UNITS`] units or, in the last block, fewer.
#[derive(Clone, Copy)]
struct Block<'a> {
    panel: &'a [f32],
    /// X: a row of `span` positions for each step.
    packed: &'a [f32],
    /// U holds the sums of the former parts.
    continues: bool,
    span: usize,
}

impl Block<'_> {
    /// All positions.
    #[inline(always)]
    fn multiply<S: Simd>(self, simd: S, u: &mut [f32]) {
        // 24 sums, 4 runs and a weight fit 32 registers; 12 sums, 2 runs and a weight fit 16.
        let most = if S::REGISTER_COUNT >= 32 { 4 } else { 2 };
        let mut at = 0;
        while at < self.span {
            // As even as can be: a kernel of few runs is slow.
            let left = (self.span - at) / S::F32_LANES;
            let runs = left.div_ceil(left.div_ceil(most));
            let block = self;
            match runs {
                4 => outlined(simd, DenseKernel::<4> { block, u, at }),
                3 => outlined(simd, DenseKernel::<3> { block, u, at }),
                2 => outlined(simd, DenseKernel::<2> { block, u, at }),
                _ => outlined(simd, DenseKernel::<1> { block, u, at }),
            }
            at += runs * S::F32_LANES;
        }
    }
}

/// Dot products of one block of units with `RUNS` vectors of positions, from `at` on.
///
/// A function of its own, so that all its sums stay in registers.
struct DenseKernel<'a, const RUNS: usize> {
    block: Block<'a>,
    u: &'a mut [f32],
    at: usize,
}

impl<const RUNS: usize> WithSimd for DenseKernel<'_, RUNS> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { block, u, at } = self;
        let mut sums = [[simd.splat_f32s(0.0); RUNS]; UNITS];
        if block.continues {
            for (sums, row) in sums.iter_mut().zip(u.chunks_exact(block.span)) {
                *sums = vectors::<S, RUNS>(row, at);
            }
        }
        let rows = block.packed.chunks_exact(block.span);
        for (weights, row) in block.panel.as_chunks::<UNITS>().0.iter().zip(rows) {
            let x = vectors::<S, RUNS>(row, at);
            for unit in 0..UNITS {
                let weight = simd.splat_f32s(weights[unit]);
                for run in 0..RUNS {
                    sums[unit][run] = simd.mul_add_e_f32s(weight, x[run], sums[unit][run]);
                }
            }
        }
        for (sums, row) in sums.iter().zip(u.chunks_exact_mut(block.span)) {
            let (row, _) = S::as_mut_simd_f32s(&mut row[at..][..RUNS * S::F32_LANES]);
            row.copy_from_slice(sums);
        }
    }
}

/// Copies whole vectors.
#[inline(always)]
fn copy<S: Simd>(_: S, from: &[f32], to: &mut [f32]) {
    let (from, to) = (S::as_simd_f32s(from).0, S::as_mut_simd_f32s(to).0);
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
}

/// `RUNS` vectors from `start` on.
#[inline(always)]
pub(super) fn vectors<S: Simd, const RUNS: usize>(values: &[f32], start: usize) -> [S::f32s; RUNS] {
    let (vectors, _) = S::as_simd_f32s(&values[start..][..RUNS * S::F32_LANES]);
    std::array::from_fn(|run| vectors[run])
}
