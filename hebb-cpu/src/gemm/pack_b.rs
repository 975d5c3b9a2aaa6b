//! Packing of the right operand B (k×n) into micro-panels of [`NR`] columns.

use super::matrix::{ColumnMajor, RowMajor};
use super::micro_kernel::{NR, RowB};
use crate::image::Patches;
use crate::memory::{aligned, aligned_len, prefetch};
use crate::simd::{kernel, vectorized};
use crate::threads::{Threads, chunks};
use std::ops::Range;

/// A right operand of k rows and n columns.
pub(crate) trait PackB: Copy + Sync {
    /// Packs some steps of k of one micro-panel; columns behind the last one may hold anything finite.
    fn pack_b(&self, panel: usize, steps: Range<usize>, packed: &mut [RowB]);
}

/// Values that a packed operand of k×n needs.
pub(crate) fn packed_b_len(depth: usize, columns: usize) -> usize {
    aligned_len(columns.next_multiple_of(NR) * depth)
}

/// A packed operand of k rows and n columns: micro-panel after micro-panel.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PackedB<'a> {
    pub(crate) values: &'a [f32],
    /// k.
    pub(crate) depth: usize,
    /// n.
    pub(crate) columns: usize,
}

impl<'a> PackedB<'a> {
    /// Packs all micro-panels of an operand of `depth`×`columns` into [`packed_b_len`] values.
    pub(crate) fn new<B: PackB>(
        threads: &Threads,
        right: B,
        [depth, columns]: [usize; 2],
        memory: &'a mut [f32],
    ) -> Self {
        let (len, count) = (NR * depth, columns.div_ceil(NR));
        let values = aligned(memory, count * len);
        threads.split(count, chunks(values, len), |index, panel| {
            vectorized(PackPanel, (right, index, depth, panel));
        });
        Self {
            values,
            depth,
            columns,
        }
    }

    /// Some columns, from the first one of a micro-panel on.
    pub(crate) fn columns(self, columns: Range<usize>) -> Self {
        Self {
            values: &self.values[columns.start * self.depth..],
            columns: columns.len(),
            ..self
        }
    }

    /// Some steps of one micro-panel; nothing behind the last one.
    #[inline(always)]
    pub(super) fn panel(self, index: usize, steps: Range<usize>) -> &'a [RowB] {
        let rows = self.values.as_chunks().0;
        let panel = rows.get(index * self.depth..).unwrap_or_default();
        panel.get(steps).unwrap_or_default()
    }
}

#[inline(always)]
fn pack_panel<B: PackB>(right: B, index: usize, depth: usize, panel: &mut [f32]) {
    right.pack_b(index, 0..depth, panel.as_chunks_mut().0);
}

kernel!(PackPanel<B: PackB>: pack_panel(right: B, index: usize, depth: usize, panel: &mut [f32]));

impl PackB for RowMajor<'_> {
    #[inline(always)]
    fn pack_b(&self, panel: usize, steps: Range<usize>, packed: &mut [RowB]) {
        let columns = panel * NR..self.columns.min((panel + 1) * NR);
        for (step, row) in steps.zip(packed) {
            let values = &self.values[step * self.columns..][columns.clone()];
            match values.first_chunk::<NR>() {
                Some(values) => *row = *values,
                None => {
                    row[..values.len()].copy_from_slice(values);
                    row[values.len()..].fill(0.0);
                }
            }
        }
    }
}

impl PackB for ColumnMajor<'_> {
    #[inline(always)]
    fn pack_b(&self, panel: usize, steps: Range<usize>, packed: &mut [RowB]) {
        /// Steps at a time, so that the columns' cache lines are used up.
        const STEPS: usize = 16;
        /// Steps that are prefetched: so many columns are more than processors foresee by themselves.
        const AHEAD: usize = 4 * STEPS;
        let columns = self.values[panel * NR * self.rows..].chunks_exact(self.rows);
        for (index, packed) in packed.chunks_mut(STEPS).enumerate() {
            let from = steps.start + index * STEPS;
            if columns.len() < NR {
                packed.as_flattened_mut().fill(0.0);
            }
            for (at, column) in columns.clone().enumerate().take(NR) {
                prefetch(column, from + AHEAD);
                let values = &column[from..][..packed.len()];
                for (row, value) in packed.iter_mut().zip(values) {
                    row[at] = *value;
                }
            }
        }
    }
}

impl PackB for Patches<'_> {
    #[inline(always)]
    fn pack_b(&self, panel: usize, steps: Range<usize>, packed: &mut [RowB]) {
        let columns = panel * NR..self.patch_len().min((panel + 1) * NR);
        let starts = self.starts(steps.start);
        let mut runs = self.runs(columns.clone());
        // Most panels lie in one run; where the runs lie is found once, and a copy of fixed length needs no call.
        if let Some((offset, NR)) = runs.next() {
            for (row, start) in packed.iter_mut().zip(starts) {
                if let Some(values) = self.images[start + offset..].first_chunk() {
                    *row = *values;
                }
            }
            return;
        }
        for (row, start) in packed.iter_mut().zip(starts) {
            let mut at = 0;
            for (offset, len) in self.runs(columns.clone()) {
                let values = &self.images[start + offset..][..len];
                let places = row[at..at + len].iter_mut();
                places.zip(values).for_each(|(to, from)| *to = *from);
                at += len;
            }
            row[columns.len()..].fill(0.0);
        }
    }
}
