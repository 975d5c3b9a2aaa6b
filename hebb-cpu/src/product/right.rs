//! The right operand of a product, packed a panel at a time.

use super::kernel::{COLUMNS, Line};
use crate::memory::fetch;
use crate::patches::Patches;
use std::ops::Range;

/// An operand of k steps and n columns.
pub(crate) trait Right: Copy + Sync {
    /// Packs some steps of one panel of columns; columns behind the last one may hold anything finite.
    fn pack(&self, panel: usize, steps: Range<usize>, lines: &mut [Line]);
}

/// An operand that lies step after step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lines<'a> {
    pub(crate) values: &'a [f32],
    /// Columns, n.
    pub(crate) columns: usize,
}

impl Right for Lines<'_> {
    #[inline(always)]
    fn pack(&self, panel: usize, steps: Range<usize>, lines: &mut [Line]) {
        let columns = panel * COLUMNS..self.columns.min((panel + 1) * COLUMNS);
        for (step, line) in steps.zip(lines) {
            let values = &self.values[step * self.columns..][columns.clone()];
            match values.first_chunk::<COLUMNS>() {
                Some(values) => *line = *values,
                None => fill(line, values),
            }
        }
    }
}

#[inline(always)]
fn fill(line: &mut Line, values: &[f32]) {
    line[..values.len()].copy_from_slice(values);
    line[values.len()..].fill(0.0);
}

/// An operand that lies column after column: stored transposed, as weights are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Columns<'a> {
    pub(crate) values: &'a [f32],
    /// Steps, k.
    pub(crate) depth: usize,
}

impl Right for Columns<'_> {
    #[inline(always)]
    fn pack(&self, panel: usize, steps: Range<usize>, lines: &mut [Line]) {
        /// Steps at a time, so that the columns' cache lines are used up.
        const STEPS: usize = 16;
        /// Steps that are fetched ahead: so many columns are more than processors foresee by themselves.
        const AHEAD: usize = 4 * STEPS;
        let columns = self.values[panel * COLUMNS * self.depth..].chunks_exact(self.depth);
        for (index, lines) in lines.chunks_mut(STEPS).enumerate() {
            let from = steps.start + index * STEPS;
            if columns.len() < COLUMNS {
                lines.as_flattened_mut().fill(0.0);
            }
            for (at, column) in columns.clone().enumerate().take(COLUMNS) {
                fetch(column, from + AHEAD);
                let values = &column[from..][..lines.len()];
                for (line, value) in lines.iter_mut().zip(values) {
                    line[at] = *value;
                }
            }
        }
    }
}

impl Right for Patches<'_> {
    #[inline(always)]
    fn pack(&self, panel: usize, steps: Range<usize>, lines: &mut [Line]) {
        let columns = panel * COLUMNS..self.patch_len().min((panel + 1) * COLUMNS);
        let starts = self.starts(steps.start);
        let mut runs = self.runs(columns.clone());
        // Most panels lie in one run; where the runs lie is found once, and a copy of fixed length needs no call.
        if let Some((offset, COLUMNS)) = runs.next() {
            for (line, start) in lines.iter_mut().zip(starts) {
                if let Some(values) = self.images[start + offset..].first_chunk() {
                    *line = *values;
                }
            }
            return;
        }
        for (line, start) in lines.iter_mut().zip(starts) {
            let mut at = 0;
            for (offset, len) in self.runs(columns.clone()) {
                let values = &self.images[start + offset..][..len];
                let places = line[at..at + len].iter_mut();
                places.zip(values).for_each(|(to, from)| *to = *from);
                at += len;
            }
            line[columns.len()..].fill(0.0);
        }
    }
}
