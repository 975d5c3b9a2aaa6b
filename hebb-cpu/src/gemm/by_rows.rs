//! Products whose tasks own rows of C and share a packed B.

use super::buffers::{MC, with_pack_buffers};
use super::micro_kernel::{KC, MR, NR, PanelA, PanelProduct, RowB};
use super::{PackA, PackedB, parts};
use crate::memory::LINE;
use crate::simd::{kernel, vectorized};
use crate::threads::even;
use pulp::Simd;
use std::ops::Range;

impl PackedB<'_> {
    /// Sets rows of C to those of A times this operand, on one thread.
    pub(crate) fn multiply<A: PackA>(self, left: A, rows: Range<usize>, c: &mut [f32]) {
        self.multiply_scaled(left, rows, 1.0, true, c);
    }

    /// Adds `factor` times the product to rows of C, or with `fresh` writes them without reading them.
    pub(crate) fn multiply_scaled<A: PackA>(
        self,
        left: A,
        rows: Range<usize>,
        factor: f32,
        fresh: bool,
        c: &mut [f32],
    ) {
        let work = MultiplyRows {
            left,
            rows,
            right: self,
            factor,
            fresh,
            c,
        };
        with_pack_buffers(|buffers| vectorized(MultiplyPanels, (work, &mut buffers.a)));
    }
}

/// The product of some rows, on one thread.
struct MultiplyRows<'a, A> {
    left: A,
    rows: Range<usize>,
    right: PackedB<'a>,
    factor: f32,
    fresh: bool,
    /// The rows of C, nothing between them.
    c: &'a mut [f32],
}

/// The product by way of `panels`, the memory that A is packed into.
#[inline(always)]
fn multiply_panels<S: Simd, A: PackA>(simd: S, work: MultiplyRows<'_, A>, panels: &mut [PanelA; MC / MR]) {
    let PackedB { depth, columns, .. } = work.right;
    let blocks = work.c.chunks_mut(MC * columns);
    for (c, rows) in blocks.zip(work.rows.step_by(MC)) {
        let rows = rows..rows + c.len() / columns;
        for steps in parts(depth, KC) {
            work.left.pack_a(rows.clone(), steps.clone(), panels);
            for index in 0..columns.div_ceil(NR) {
                let packed_b = work.right.panel(index, steps.clone());
                let mut next = shares(work.right.panel(index + 1, steps.clone()), rows.len());
                for (panel, c) in panels.iter().zip(c.chunks_mut(MR * columns)) {
                    PanelProduct {
                        packed_a: A::packed(panel),
                        packed_b,
                        factor: work.factor,
                        fresh: work.fresh && steps.start == 0,
                        c,
                        stride: columns,
                        columns: index * NR..columns.min((index + 1) * NR),
                        next: next.next().unwrap_or_default(),
                    }
                    .multiply(simd);
                }
            }
        }
    }
}

kernel!(MultiplyPanels<A: PackA>: simd multiply_panels(work: MultiplyRows<'_, A>, panels: &mut [PanelA; MC / MR]));

/// The next micro-panel of B, cut into as many runs of whole cache lines as `rows` have micro-panels.
#[inline(always)]
fn shares(next: &[RowB], rows: usize) -> impl Iterator<Item = &[f32]> {
    let values = next.as_flattened();
    let share = values.len().div_ceil(rows.div_ceil(MR)).next_multiple_of(LINE);
    values.chunks(share.max(LINE))
}

/// Rows that one task computes: several tasks, of whole micro-panels.
pub(crate) fn rows_of_task(rows: usize) -> usize {
    /// Tasks at least.
    const TASKS: usize = 8;
    let tasks = even(rows.div_ceil(MC).max(TASKS));
    rows.div_ceil(tasks).next_multiple_of(MR)
}
