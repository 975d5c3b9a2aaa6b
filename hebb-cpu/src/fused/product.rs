//! U (N×positions) = W (N×K) · Xᵀ (K×positions), X read where the image's planes hold it.

use super::components::Responses;
use crate::memory::{aligned, with_alignment};
use crate::primitives::apart;
use crate::winograd::{Filters, Grid};
use hebb_core::plan::Mask;
use pulp::{Simd, WithSimd};

/// Units that one kernel call computes side by side.
pub(super) const UNITS: usize = 6;

/// Values of X that a first-level cache holds beside the rest: what every block of units reads again.
const NEAR: usize = 3 << 11;

/// Steps of the inner dimension that are worth reading the sums again.
const SHALLOW: usize = 64;

/// Steps of the inner dimension whose values for `span` positions are copied to be near, if there are `patch_len` in all.
fn depth(patch_len: usize, span: usize) -> usize {
    (NEAR / span).max(SHALLOW).min(patch_len)
}

/// Scratch for what a dense product keeps near, for spans up to this one: fewer positions may be kept for more steps.
pub(super) fn near_len(patch_len: usize, span: usize) -> usize {
    with_alignment(NEAR.max(SHALLOW * span).min(patch_len * span))
}

/// Weights as the kernels read them.
///
/// Offsets are kept as the bits of f32 values, since the caller's scratch holds nothing else.
#[derive(Clone, Copy, Debug)]
pub(super) enum Weights<'a> {
    /// Blocks of [`UNITS`] units, each K rows of one value a unit, and the offset of each row.
    Dense { panels: &'a [f32], offsets: &'a [f32] },
    /// For each kept connection, unit by unit: its offset and its weight.
    Sparse { pairs: &'a [f32], mask: &'a Mask },
    /// The components of the filters, with the tiles of outputs.
    Components(Filters<'a>, Grid),
}

impl Weights<'_> {
    /// Scratch for the dense weights of N×K: panels, then offsets.
    pub(super) fn dense_len(units: usize, patch_len: usize) -> usize {
        (units.div_ceil(UNITS) * UNITS + 1) * patch_len
    }

    /// Scratch for sparse weights.
    pub(super) fn sparse_len(mask: &Mask) -> usize {
        2 * mask.kept()
    }
}

/// Packs dense weights; `order` gives column k of the weights for every row of a panel.
pub(super) fn pack_dense<'a>(
    weights: &[f32],
    patch_len: usize,
    order: impl Fn(usize) -> usize,
    offset: impl Fn(usize) -> usize,
    scratch: &'a mut [f32],
) -> Weights<'a> {
    let (panels, offsets) = scratch.split_at_mut(scratch.len() - patch_len);
    panels.fill(0.0);
    for row in 0..patch_len {
        let k = order(row);
        offsets[row] = f32::from_bits(offset(k) as u32);
        for (unit, weights) in weights.chunks_exact(patch_len).enumerate() {
            panels[(unit / UNITS * patch_len + row) * UNITS + unit % UNITS] = weights[k];
        }
    }
    Weights::Dense { panels, offsets }
}

/// Packs the kept weights.
pub(super) fn pack_sparse<'a>(
    weights: &[f32],
    mask: &'a Mask,
    offset: impl Fn(usize) -> usize,
    pairs: &'a mut [f32],
) -> Weights<'a> {
    let mut pair = pairs.chunks_exact_mut(2);
    for (unit, weights) in weights.chunks_exact(mask.cols()).enumerate() {
        for (column, pair) in mask.row(unit).iter().zip(&mut pair) {
            let column = *column as usize;
            pair[0] = f32::from_bits(offset(column) as u32);
            pair[1] = weights[column];
        }
    }
    Weights::Sparse { pairs, mask }
}

/// The product for flat positions `first..first + u.len()/units`, a multiple of [`super::planes::LANES`].
pub(super) struct Product<'a> {
    pub(super) weights: Weights<'a>,
    pub(super) planes: &'a [f32],
    /// The image (H, W, C) with its padding.
    pub(super) padded: &'a [f32],
    pub(super) first: usize,
    pub(super) units: usize,
    /// U: one row of positions for each unit.
    pub(super) u: &'a mut [f32],
    /// Room of [`near_len`], or of [`Responses::room_len`].
    pub(super) near: &'a mut [f32],
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let span = self.u.len() / self.units;
        match self.weights {
            Weights::Dense { panels, offsets } => {
                let planes = &self.planes[self.first..];
                let depth = depth(offsets.len(), span);
                let near = aligned(self.near, depth * span);
                for (part, some) in offsets.chunks(depth).enumerate() {
                    for (to, offset) in near.chunks_exact_mut(span).zip(some) {
                        copy(simd, &planes[offset.to_bits() as usize..][..span], to);
                    }
                    let steps = part * depth * UNITS..(part * depth + some.len()) * UNITS;
                    let blocks = panels.chunks_exact(offsets.len() * UNITS);
                    for (panel, u) in blocks.zip(self.u.chunks_mut(UNITS * span)) {
                        let block = Block {
                            panel: &panel[steps.clone()],
                            near,
                            goes_on: part > 0,
                            span,
                        };
                        block.multiply(simd, u);
                    }
                }
            }
            Weights::Components(filters, grid) => Responses {
                grid: &grid,
                filters,
                padded: self.padded,
                room: self.near,
                units: self.units,
                u: self.u,
            }
            .run(),
            Weights::Sparse { pairs, mask } => {
                let planes = &self.planes[self.first..];
                let mut pairs = pairs;
                for (unit, u) in self.u.chunks_exact_mut(span).enumerate() {
                    let (own, rest) = pairs.split_at(2 * mask.row(unit).len());
                    sparse_unit(simd, own, planes, u);
                    pairs = rest;
                }
            }
        }
    }
}

/// A part of the inner dimension for [`UNITS`] units or, in the last block, fewer.
#[derive(Clone, Copy)]
struct Block<'a> {
    panel: &'a [f32],
    /// X: a row of `span` positions for each step, all at cache lines: a vector in two of them is slow to read.
    near: &'a [f32],
    /// Whether U holds the sums of the former parts.
    goes_on: bool,
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
                4 => apart(simd, DenseKernel::<4> { block, u, at }),
                3 => apart(simd, DenseKernel::<3> { block, u, at }),
                2 => apart(simd, DenseKernel::<2> { block, u, at }),
                _ => apart(simd, DenseKernel::<1> { block, u, at }),
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
        if block.goes_on {
            for (sums, row) in sums.iter_mut().zip(u.chunks_exact(block.span)) {
                *sums = runs::<S, RUNS>(row, at);
            }
        }
        let rows = block.near.chunks_exact(block.span);
        for (weights, row) in block.panel.as_chunks::<UNITS>().0.iter().zip(rows) {
            let x = runs::<S, RUNS>(row, at);
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
fn runs<S: Simd, const RUNS: usize>(values: &[f32], start: usize) -> [S::f32s; RUNS] {
    let (vectors, _) = S::as_simd_f32s(&values[start..][..RUNS * S::F32_LANES]);
    std::array::from_fn(|run| vectors[run])
}

#[inline(always)]
fn sparse_unit<S: Simd>(simd: S, pairs: &[f32], planes: &[f32], u: &mut [f32]) {
    let span = u.len();
    let mut at = 0;
    while at + 8 * S::F32_LANES <= span {
        sparse_sums::<S, 8>(simd, pairs, &planes[at..], &mut u[at..]);
        at += 8 * S::F32_LANES;
    }
    while at + 2 * S::F32_LANES <= span {
        sparse_sums::<S, 2>(simd, pairs, &planes[at..], &mut u[at..]);
        at += 2 * S::F32_LANES;
    }
    while at < span {
        sparse_sums::<S, 1>(simd, pairs, &planes[at..], &mut u[at..]);
        at += S::F32_LANES;
    }
}

/// Dot products of one unit with `RUNS` vectors of positions.
#[inline(always)]
fn sparse_sums<S: Simd, const RUNS: usize>(simd: S, pairs: &[f32], planes: &[f32], u: &mut [f32]) {
    let mut sums = [simd.splat_f32s(0.0); RUNS];
    for [offset, weight] in pairs.as_chunks::<2>().0 {
        let x = runs::<S, RUNS>(planes, offset.to_bits() as usize);
        let weight = simd.splat_f32s(*weight);
        for run in 0..RUNS {
            sums[run] = simd.mul_add_e_f32s(weight, x[run], sums[run]);
        }
    }
    let (row, _) = S::as_mut_simd_f32s(&mut u[..RUNS * S::F32_LANES]);
    row.copy_from_slice(&sums);
}
