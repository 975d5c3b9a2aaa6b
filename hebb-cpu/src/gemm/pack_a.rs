//! Packing of the left operand A (m×k) into micro-panels of [`MR`] rows.

use super::matrix::{ColumnMajor, RowMajor};
use super::micro_kernel::{KC, MR, PackedA, PanelA};
use crate::image::Patches;
use std::ops::Range;

/// A left operand of m rows and k columns.
pub(crate) trait PackA: Copy + Sync {
    /// A micro-panel as the micro-kernel reads it.
    #[inline(always)]
    fn packed(panel: &PanelA) -> PackedA<'_> {
        PackedA::Rows(panel)
    }

    /// Packs some rows, at most [`MR`] for each micro-panel, and some steps of k, at most [`KC`]; what is missing of a
    /// micro-panel stays as it is.
    fn pack_a(&self, rows: Range<usize>, steps: Range<usize>, panels: &mut [PanelA]);
}

impl PackA for RowMajor<'_> {
    #[inline(always)]
    fn pack_a(&self, rows: Range<usize>, steps: Range<usize>, panels: &mut [PanelA]) {
        let places = panels.as_flattened_mut().chunks_exact_mut(KC);
        for (row, place) in rows.zip(places) {
            let values = &self.values[row * self.columns..][steps.clone()];
            place[..values.len()].copy_from_slice(values);
        }
    }
}

impl PackA for ColumnMajor<'_> {
    #[inline(always)]
    fn packed(panel: &PanelA) -> PackedA<'_> {
        PackedA::Steps(panel.as_chunks().0)
    }

    #[inline(always)]
    fn pack_a(&self, rows: Range<usize>, steps: Range<usize>, panels: &mut [PanelA]) {
        for (offset, step) in steps.enumerate() {
            let values = &self.values[step * self.rows..][rows.clone()];
            let (whole, rest) = values.as_chunks::<MR>();
            let mut panels = panels.iter_mut();
            for (values, panel) in whole.iter().zip(&mut panels) {
                panel.as_chunks_mut::<MR>().0[offset] = *values;
            }
            if let (false, Some(panel)) = (rest.is_empty(), panels.next()) {
                panel[offset * MR..][..rest.len()].copy_from_slice(rest);
            }
        }
    }
}

impl PackA for Patches<'_> {
    #[inline(always)]
    fn pack_a(&self, rows: Range<usize>, steps: Range<usize>, panels: &mut [PanelA]) {
        let places = panels.as_flattened_mut().chunks_exact_mut(KC);
        let starts = self.starts(rows.start).take(rows.len());
        for (place, start) in places.zip(starts) {
            self.copy(start, steps.clone(), place);
        }
    }
}
