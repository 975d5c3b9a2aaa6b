//! U (N×positions) = W (N×K) · Xᵀ (K×positions), X read where the image's planes hold it.

use crate::primitives::apart;
use hebb_core::plan::Mask;
use pulp::{Simd, WithSimd};

/// Units that one kernel call computes side by side.
pub(super) const UNITS: usize = 6;

/// Weights as the kernels read them.
///
/// Offsets are kept as the bits of f32 values, since the caller's scratch holds nothing else.
#[derive(Clone, Copy, Debug)]
pub(super) enum Weights<'a> {
    /// Blocks of [`UNITS`] units, each K rows of one value a unit, and the offset of each row.
    Dense { panels: &'a [f32], offsets: &'a [f32] },
    /// For each kept connection, unit by unit: its offset and its weight.
    Sparse { pairs: &'a [f32], mask: &'a Mask },
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

/// The product for flat positions `first..first + u.len()/units`, a multiple of [`super::layout::LANES`].
pub(super) struct Product<'a> {
    pub(super) weights: Weights<'a>,
    pub(super) planes: &'a [f32],
    pub(super) first: usize,
    pub(super) units: usize,
    /// U: one row of positions for each unit.
    pub(super) u: &'a mut [f32],
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let span = self.u.len() / self.units;
        match self.weights {
            Weights::Dense { panels, offsets } => {
                let planes = &self.planes[self.first..];
                let blocks = panels.chunks_exact(offsets.len() * UNITS);
                for (panel, u) in blocks.zip(self.u.chunks_mut(UNITS * span)) {
                    dense_block(simd, offsets, panel, planes, u, span);
                }
            }
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

/// All positions of [`UNITS`] units or, in the last block, fewer.
#[inline(always)]
fn dense_block<S: Simd>(simd: S, offsets: &[f32], panel: &[f32], planes: &[f32], u: &mut [f32], span: usize) {
    // 24 sums, 4 runs and a weight fit 32 registers; 12 sums, 2 runs and a weight fit 16.
    let most = if S::REGISTER_COUNT >= 32 { 4 } else { 2 };
    let mut at = 0;
    while at < span {
        let runs = most.min((span - at) / S::F32_LANES);
        match runs {
            4 => dense_kernel::<S, 4>(simd, offsets, panel, planes, u, [at, span]),
            3 => dense_kernel::<S, 3>(simd, offsets, panel, planes, u, [at, span]),
            2 => dense_kernel::<S, 2>(simd, offsets, panel, planes, u, [at, span]),
            _ => dense_kernel::<S, 1>(simd, offsets, panel, planes, u, [at, span]),
        }
        at += runs * S::F32_LANES;
    }
}

#[inline(always)]
fn dense_kernel<S: Simd, const RUNS: usize>(
    simd: S,
    offsets: &[f32],
    panel: &[f32],
    planes: &[f32],
    u: &mut [f32],
    [at, span]: [usize; 2],
) {
    let kernel = DenseKernel::<RUNS> {
        offsets,
        panel,
        planes: &planes[at..],
        u,
        at,
        span,
    };
    apart(simd, kernel);
}

/// Dot products of one block of units with `RUNS` vectors of positions, from `at` on.
///
/// A function of its own, so that all its sums stay in registers.
struct DenseKernel<'a, const RUNS: usize> {
    offsets: &'a [f32],
    panel: &'a [f32],
    planes: &'a [f32],
    u: &'a mut [f32],
    at: usize,
    span: usize,
}

impl<const RUNS: usize> WithSimd for DenseKernel<'_, RUNS> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let mut sums = [[simd.splat_f32s(0.0); RUNS]; UNITS];
        for (weights, offset) in self.panel.as_chunks::<UNITS>().0.iter().zip(self.offsets) {
            let x = runs::<S, RUNS>(self.planes, offset.to_bits() as usize);
            for unit in 0..UNITS {
                let weight = simd.splat_f32s(weights[unit]);
                for run in 0..RUNS {
                    sums[unit][run] = simd.mul_add_e_f32s(weight, x[run], sums[unit][run]);
                }
            }
        }
        for (sums, row) in sums.iter().zip(self.u.chunks_exact_mut(self.span)) {
            let (row, _) = S::as_mut_simd_f32s(&mut row[self.at..][..RUNS * S::F32_LANES]);
            row.copy_from_slice(sums);
        }
    }
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
