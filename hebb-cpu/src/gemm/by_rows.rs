//! Products whose tasks own rows of C and share a packed B.

use super::buffers::{MC, with_pack_buffers};
use super::micro_kernel::{KC, MR, NR, PanelA, PanelProduct, RowB};
use super::{PackA, parts};
use crate::memory::LINE;
use crate::simd::dispatch;
use crate::threads::even;
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// The product of some rows, on one thread.
#[derive(Debug)]
pub(crate) struct MultiplyRows<'a, A> {
    pub(crate) left: A,
    pub(crate) rows: Range<usize>,
    /// B as [`super::pack_b`] packs it.
    pub(crate) packed_b: &'a [f32],
    /// Columns of A, k.
    pub(crate) depth: usize,
    /// Columns of C, n.
    pub(crate) columns: usize,
    pub(crate) factor: f32,
    /// The rows are written without being read; otherwise the product is added to them.
    pub(crate) fresh: bool,
    /// The rows of C, nothing between them.
    pub(crate) c: &'a mut [f32],
}

impl<A: PackA> MultiplyRows<'_, A> {
    pub(crate) fn run(self) {
        with_pack_buffers(|buffers| {
            dispatch(WithBuffers {
                work: self,
                panels: &mut buffers.a,
            });
        });
    }
}

/// [`MultiplyRows`] and the memory that it packs A into.
struct WithBuffers<'a, 'r, A> {
    work: MultiplyRows<'a, A>,
    panels: &'r mut [PanelA; MC / MR],
}

impl<A: PackA> WithSimd for WithBuffers<'_, '_, A> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { work, panels } = self;
        let blocks = work.c.chunks_mut(MC * work.columns);
        for (c, rows) in blocks.zip(work.rows.step_by(MC)) {
            let rows = rows..rows + c.len() / work.columns;
            for steps in parts(work.depth, KC) {
                work.left.pack_a(rows.clone(), steps.clone(), panels);
                let packed_b = PackedB {
                    values: work.packed_b,
                    depth: work.depth,
                    steps: steps.clone(),
                };
                for index in 0..work.columns.div_ceil(NR) {
                    let mut next = shares(packed_b.panel(index + 1), rows.len());
                    for (panel, c) in panels.iter().zip(c.chunks_mut(MR * work.columns)) {
                        PanelProduct {
                            packed_a: A::packed(panel),
                            packed_b: packed_b.panel(index),
                            factor: work.factor,
                            fresh: work.fresh && steps.start == 0,
                            c,
                            stride: work.columns,
                            columns: index * NR..work.columns.min((index + 1) * NR),
                            next: next.next().unwrap_or_default(),
                        }
                        .multiply(simd);
                    }
                }
            }
        }
    }
}

/// Some steps of every micro-panel of B.
struct PackedB<'a> {
    values: &'a [f32],
    depth: usize,
    steps: Range<usize>,
}

impl<'a> PackedB<'a> {
    /// Those of one micro-panel; nothing behind the last one.
    #[inline(always)]
    fn panel(&self, index: usize) -> &'a [RowB] {
        let rows = self.values.as_chunks().0;
        let panel = rows.get(index * self.depth..).unwrap_or_default();
        panel.get(self.steps.clone()).unwrap_or_default()
    }
}

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
