//! U (positions×N) = X (positions×K) · Wᵀ (K×N), X read where the padded images hold it.

use crate::patches::Patches;
use crate::primitives::apart;
use pulp::{Simd, WithSimd};

/// Units of one panel of weights.
pub(super) const PANEL: usize = 48;
/// Columns of the patch matrix that one kernel call works on, so that its part of a panel stays in the first cache.
const DEPTH: usize = 160;

/// Values of the panels of N×K weights.
pub(super) fn panels_len(units: usize, patch_len: usize) -> usize {
    units.div_ceil(PANEL) * PANEL * patch_len
}

/// One panel, K rows of [`PANEL`] units, from the rows of these units; units that are missing count as zero.
#[inline(always)]
pub(super) fn pack(rows: &[f32], patch_len: usize, panel: &mut [f32]) {
    /// Columns at a time, so that the rows' cache lines are used up.
    const COLUMNS: usize = 16;
    if rows.len() < panel.len() {
        panel.fill(0.0);
    }
    for (index, block) in panel.as_chunks_mut::<PANEL>().0.chunks_mut(COLUMNS).enumerate() {
        for (unit, row) in rows.chunks_exact(patch_len).enumerate().take(PANEL) {
            let weights = &row[index * COLUMNS..][..block.len()];
            for (place, weight) in block.iter_mut().zip(weights) {
                place[unit] = *weight;
            }
        }
    }
}

/// The product for the patches `0..rows` of a tile.
#[derive(Debug)]
pub(super) struct Forward<'a> {
    pub(super) patches: Patches<'a>,
    pub(super) panels: &'a [f32],
    pub(super) patch_len: usize,
    pub(super) units: usize,
    pub(super) rows: usize,
    /// U, a row of [`Self::width`] for each patch.
    pub(super) u: &'a mut [f32],
}

/// Values of a row of U: N and what fills its last panel.
pub(super) fn width(units: usize) -> usize {
    units.next_multiple_of(PANEL)
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let panel_len = PANEL * self.patch_len;
        for index in 0..self.units.div_ceil(PANEL) {
            let panel = &self.panels[index * panel_len..][..panel_len];
            let units = PANEL.min(self.units - index * PANEL);
            for start in (0..self.patch_len).step_by(DEPTH) {
                let columns = start..(start + DEPTH).min(self.patch_len);
                // 24 sums, 3 weights and a value fit 32 registers; 12 sums, 2 weights and a value fit 16.
                if S::REGISTER_COUNT >= 32 {
                    self.panel::<S, 8, 3>(simd, panel, index * PANEL, units, columns);
                } else {
                    self.panel::<S, 6, 2>(simd, panel, index * PANEL, units, columns);
                }
            }
        }
    }
}

impl Forward<'_> {
    /// All patches times some columns of one panel, `RUNS` vectors of its units at a time.
    #[inline(always)]
    fn panel<S: Simd, const ROWS: usize, const RUNS: usize>(
        &mut self,
        simd: S,
        panel: &[f32],
        first_unit: usize,
        units: usize,
        columns: std::ops::Range<usize>,
    ) {
        let part = &panel[columns.start * PANEL..columns.end * PANEL];
        let mut unit = 0;
        while unit < units {
            let left = (units - unit).div_ceil(S::F32_LANES);
            let at = [unit, first_unit + unit];
            match left.min(RUNS) {
                1 => self.strip::<S, ROWS, 1>(simd, part, at, &columns),
                2 => self.strip::<S, ROWS, 2>(simd, part, at, &columns),
                _ => self.strip::<S, ROWS, RUNS>(simd, part, at, &columns),
            }
            unit += left.min(RUNS) * S::F32_LANES;
        }
    }

    /// All patches times `RUNS` vectors of units.
    #[inline(always)]
    fn strip<S: Simd, const ROWS: usize, const RUNS: usize>(
        &mut self,
        simd: S,
        panel: &[f32],
        [unit, column]: [usize; 2],
        columns: &std::ops::Range<usize>,
    ) {
        let width = width(self.units);
        let mut starts = self.patches.starts(0);
        for first in (0..self.rows).step_by(ROWS) {
            let rows = ROWS.min(self.rows - first);
            let first_start = starts.next().unwrap_or_default();
            // Rows that are missing repeat the first one and are not stored.
            let mut own = [first_start; ROWS];
            own[1..rows]
                .iter_mut()
                .zip(&mut starts)
                .for_each(|(own, start)| *own = start);
            apart(
                simd,
                Kernel::<ROWS, RUNS> {
                    patches: self.patches,
                    columns: columns.clone(),
                    starts: own,
                    panel,
                    unit,
                    rows,
                    u: &mut self.u[first * width..][..rows * width],
                    column,
                },
            );
        }
    }
}

/// `ROWS` patches times `RUNS` vectors of units, added to what U holds of former columns.
///
/// A function of its own, so that all its sums stay in registers.
struct Kernel<'a, const ROWS: usize, const RUNS: usize> {
    patches: Patches<'a>,
    columns: std::ops::Range<usize>,
    starts: [usize; ROWS],
    panel: &'a [f32],
    /// The first unit within the panel.
    unit: usize,
    rows: usize,
    u: &'a mut [f32],
    /// The first unit within U.
    column: usize,
}

impl<const ROWS: usize, const RUNS: usize> WithSimd for Kernel<'_, ROWS, RUNS> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let mut sums = [[simd.splat_f32s(0.0); RUNS]; ROWS];
        let mut panel = self.panel.as_chunks::<PANEL>().0;
        for (offset, len) in self.patches.runs(self.columns.clone()) {
            let rows: [&[f32]; ROWS] =
                std::array::from_fn(|row| &self.patches.images[self.starts[row] + offset..][..len]);
            let (weights, rest) = panel.split_at(len);
            panel = rest;
            for (k, weights) in weights.iter().enumerate() {
                let (weights, _) = S::as_simd_f32s(&weights[self.unit..][..RUNS * S::F32_LANES]);
                for row in 0..ROWS {
                    let value = simd.splat_f32s(rows[row][k]);
                    for run in 0..RUNS {
                        sums[row][run] = simd.mul_add_e_f32s(weights[run], value, sums[row][run]);
                    }
                }
            }
        }
        let width = self.u.len() / self.rows;
        let fresh = self.columns.start == 0;
        for (sums, row) in sums.iter().zip(self.u.chunks_exact_mut(width)) {
            let (row, _) = S::as_mut_simd_f32s(&mut row[self.column..][..RUNS * S::F32_LANES]);
            for run in 0..RUNS {
                row[run] = if fresh {
                    sums[run]
                } else {
                    simd.add_f32s(row[run], sums[run])
                };
            }
        }
    }
}
