//! Products whose tasks own columns of C and a part of the inner dimension, and pack what they need.

use super::buffers::{MC, NC, PackBuffers, with_pack_buffers};
use super::micro_kernel::{KC, MR, NR, PanelProduct};
use super::{PackA, PackB, parts};
use crate::memory::{aligned, aligned_len};
use crate::simd::{kernel, vectorized};
use crate::threads::{Threads, chunks};
use pulp::Simd;

/// The cut of C (rows×columns) and of the inner dimension into tasks, and the factors of the product and of C.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ColumnSplit {
    rows: usize,
    columns: usize,
    depth: usize,
    /// Micro-panels of B of a task.
    panels: usize,
    /// Steps of a part of the inner dimension.
    steps: usize,
    alpha: f32,
    beta: f32,
}

impl ColumnSplit {
    /// The split for C = A·B of these sizes, none of them zero.
    pub(crate) fn new(rows: usize, columns: usize, depth: usize) -> Self {
        /// Tasks that a product is cut into, where its size allows.
        const TASKS: usize = 8;
        /// The least part of the inner dimension that is worth a sum of its own.
        const LEAST: usize = 4 * KC;
        let all = columns.div_ceil(NR);
        let panels = all.div_ceil(TASKS).min(NC / NR);
        let cuts = TASKS.div_ceil(all.div_ceil(panels)).min(depth / LEAST).max(1);
        Self {
            rows,
            columns,
            depth,
            panels,
            steps: depth.div_ceil(cuts),
            alpha: 1.0,
            beta: 0.0,
        }
    }

    /// The split for C = alpha·A·B + beta·C; with beta = 0, C is not read.
    pub(crate) fn scaled(self, alpha: f32, beta: f32) -> Self {
        Self { alpha, beta, ..self }
    }

    fn groups(&self) -> usize {
        self.columns.div_ceil(NR * self.panels)
    }

    /// Values of a task's sums: micro-panel after micro-panel, each rows×[`NR`].
    fn share(&self) -> usize {
        self.panels * NR * self.rows
    }

    fn tasks(&self) -> usize {
        self.groups() * self.depth.div_ceil(self.steps)
    }

    /// Values of the sums of all tasks.
    pub(crate) fn len(&self) -> usize {
        aligned_len(self.tasks() * self.share())
    }
}

/// The product; `sums` has room for [`ColumnSplit::len`] values.
pub(crate) fn multiply_columns<A: PackA, B: PackB>(
    threads: &Threads,
    split: ColumnSplit,
    left: A,
    right: B,
    c: &mut [f32],
    sums: &mut [f32],
) {
    let sums = aligned(sums, split.tasks() * split.share());
    threads.split(split.tasks(), chunks(sums, split.share()), |task, sums| {
        with_pack_buffers(|buffers| vectorized(SumPanels, ((left, right), split, task, sums, buffers)));
    });
    add_sums(threads, split, sums, c);
}

/// C = alpha·(the sums of all parts) + beta·C.
fn add_sums(threads: &Threads, split: ColumnSplit, sums: &[f32], c: &mut [f32]) {
    let per_part = split.groups() * split.share();
    threads.rows(split.rows, split.columns, c, |first, c| {
        for (row, c) in c.chunks_exact_mut(split.columns).enumerate() {
            for (panel, c) in c.chunks_mut(NR).enumerate() {
                let at = panel * NR * split.rows + (first + row) * NR;
                match split.beta {
                    0.0 => c.fill(0.0),
                    beta => c.iter_mut().for_each(|value| *value *= beta),
                }
                for part in sums.chunks_exact(per_part) {
                    for (value, sum) in c.iter_mut().zip(&part[at..]) {
                        *value += split.alpha * sum;
                    }
                }
            }
        }
    });
}

/// The sums of one task over its steps, for its micro-panels of B.
#[inline(always)]
fn sum_panels<S: Simd, A: PackA, B: PackB>(
    simd: S,
    (left, right): (A, B),
    split: ColumnSplit,
    task: usize,
    sums: &mut [f32],
    buffers: &mut PackBuffers,
) {
    let (part, group) = (task / split.groups(), task % split.groups());
    let panels = group * split.panels..((group + 1) * split.panels).min(split.columns.div_ceil(NR));
    let all = part * split.steps..split.depth.min((part + 1) * split.steps);
    let PackBuffers { a, b } = buffers;
    for part in parts(all.len(), KC) {
        let steps = all.start + part.start..all.start + part.end;
        for (panel, packed) in panels.clone().zip(&mut *b) {
            right.pack_b(panel, steps.clone(), &mut packed[..part.len()]);
        }
        for first in (0..split.rows).step_by(MC) {
            let rows = first..split.rows.min(first + MC);
            left.pack_a(rows.clone(), steps.clone(), a);
            let sums = sums.chunks_exact_mut(split.rows * NR);
            for ((panel, packed_b), sums) in panels.clone().zip(&*b).zip(sums) {
                let columns = 0..NR.min(split.columns - panel * NR);
                let sums = &mut sums[rows.start * NR..rows.end * NR];
                for (panel, c) in a.iter().zip(sums.chunks_mut(MR * NR)) {
                    PanelProduct {
                        packed_a: A::packed(panel),
                        packed_b: &packed_b[..part.len()],
                        factor: 1.0,
                        fresh: part.start == 0,
                        c,
                        stride: NR,
                        columns: columns.clone(),
                        next: &[],
                    }
                    .multiply(simd);
                }
            }
        }
    }
}

kernel!(SumPanels<A: PackA, B: PackB>: simd sum_panels(operands: (A, B), split: ColumnSplit, task: usize, sums: &mut [f32], buffers: &mut PackBuffers));
