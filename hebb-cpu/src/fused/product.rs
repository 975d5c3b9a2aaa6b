//! U (N×positions) = W (N×K) · Xᵀ (K×positions), X read where the image's planes hold it.

use super::layout::LANES;
use crate::instructions::dispatch;
use crate::product::{Block, COLUMNS, DEPTH, Line, ROWS, Side, parts, with_room};
use hebb_core::plan::Mask;
use pulp::{Simd, WithSimd};

/// Units that one kernel call computes side by side.
pub(super) const UNITS: usize = ROWS;

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

impl Product<'_> {
    /// Computes it.
    pub(super) fn run(self) {
        let planes = &self.planes[self.first..];
        let span = self.u.len() / self.units;
        match self.weights {
            Weights::Dense { panels, offsets } => with_room(|room| {
                dispatch(Dense {
                    panels,
                    offsets,
                    planes,
                    lines: &mut room.lines[0],
                    u: self.u,
                    span,
                });
            }),
            Weights::Sparse { pairs, mask } => dispatch(Sparse {
                pairs,
                mask,
                planes,
                u: self.u,
                span,
            }),
        }
    }
}

/// The product of dense weights: some positions' values are packed, so that all units read them from one place.
struct Dense<'a> {
    panels: &'a [f32],
    offsets: &'a [f32],
    planes: &'a [f32],
    lines: &'a mut [Line; DEPTH],
    u: &'a mut [f32],
    span: usize,
}

impl WithSimd for Dense<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let weights = self.panels.as_chunks::<UNITS>().0;
        self.u.fill(0.0);
        let mut at = 0;
        while at < self.span {
            let columns = at..at + columns_of_panel(self.span - at);
            for steps in parts(self.offsets.len(), DEPTH) {
                let lines = &mut self.lines[..steps.len()];
                pack(
                    &self.planes[at..],
                    &self.offsets[steps.clone()],
                    columns.len(),
                    lines,
                );
                let blocks = self.u.chunks_mut(UNITS * self.span);
                for (u, weights) in blocks.zip(weights.chunks_exact(self.offsets.len())) {
                    Block {
                        left: Side::Steps(&weights[steps.clone()]),
                        panel: lines,
                        factor: 1.0,
                        c: u,
                        stride: self.span,
                        columns: columns.clone(),
                        next: &[],
                    }
                    .add(simd);
                }
            }
            at = columns.end;
        }
    }
}

/// Columns of the next panel when so many are left: no panel of one vector behind a full one, which would be slow.
fn columns_of_panel(left: usize) -> usize {
    if left == COLUMNS + LANES {
        left / 2
    } else {
        left.min(COLUMNS)
    }
}

/// The values of some columns of X: a line for each offset.
#[inline(always)]
fn pack(planes: &[f32], offsets: &[f32], columns: usize, lines: &mut [Line]) {
    for (line, offset) in lines.iter_mut().zip(offsets) {
        let values = &planes[offset.to_bits() as usize..][..columns];
        match values.first_chunk::<COLUMNS>() {
            Some(values) => *line = *values,
            None => line[..columns].copy_from_slice(values),
        }
    }
}

/// The product of sparse weights.
struct Sparse<'a> {
    pairs: &'a [f32],
    mask: &'a Mask,
    planes: &'a [f32],
    u: &'a mut [f32],
    span: usize,
}

impl WithSimd for Sparse<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let mut pairs = self.pairs;
        for (unit, u) in self.u.chunks_exact_mut(self.span).enumerate() {
            let (own, rest) = pairs.split_at(2 * self.mask.row(unit).len());
            sparse_unit(simd, own, self.planes, u);
            pairs = rest;
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
