//! Products whose tasks own panels of C's columns and a part of the inner dimension.

use super::kernel::{Block, COLUMNS, DEPTH, ROWS};
use super::room::{PANELS, Room, TILES, with_room};
use super::{Left, Right, parts};
use crate::instructions::dispatch;
use crate::memory::{aligned, with_alignment};
use crate::parallel::Pool;
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// How C (rows×columns) and the inner dimension are cut into tasks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ColumnCut {
    rows: usize,
    columns: usize,
    depth: usize,
    /// Panels of a task.
    panels: usize,
    /// Steps of a part of the inner dimension.
    steps: usize,
}

impl ColumnCut {
    /// The cut for a product of these sizes, none of them zero.
    pub(crate) fn new(rows: usize, columns: usize, depth: usize) -> Self {
        /// Tasks that a product is cut into, where its size allows.
        const TASKS: usize = 8;
        /// The least part of the inner dimension that is worth a sum of its own.
        const LEAST: usize = 4 * DEPTH;
        let all = columns.div_ceil(COLUMNS);
        let panels = all.div_ceil(TASKS).min(PANELS);
        let cuts = TASKS.div_ceil(all.div_ceil(panels)).min(depth / LEAST).max(1);
        Self {
            rows,
            columns,
            depth,
            panels,
            steps: depth.div_ceil(cuts),
        }
    }

    fn groups(&self) -> usize {
        self.columns.div_ceil(COLUMNS * self.panels)
    }

    /// Values of a task's sums: panel after panel, each rows×[`COLUMNS`].
    fn share(&self) -> usize {
        self.panels * COLUMNS * self.rows
    }

    fn tasks(&self) -> usize {
        self.groups() * self.depth.div_ceil(self.steps)
    }

    /// Values of the sums of all tasks.
    pub(crate) fn len(&self) -> usize {
        with_alignment(self.tasks() * self.share())
    }
}

/// C = factor·A·B + beta·C; with beta = 0, C is not read. `sums` has room for [`ColumnCut::len`] values.
pub(crate) fn by_columns<L: Left, R: Right>(
    pool: &Pool,
    cut: ColumnCut,
    [factor, beta]: [f32; 2],
    left: L,
    right: R,
    c: &mut [f32],
    sums: &mut [f32],
) {
    let sums = aligned(sums, cut.tasks() * cut.share());
    pool.split(cut.tasks(), [&mut *sums], [cut.share()], |task, [sums]| {
        let (part, group) = (task / cut.groups(), task % cut.groups());
        with_room(|room| {
            dispatch(AddPanels {
                left,
                right,
                rows: cut.rows,
                columns: cut.columns,
                panels: group * cut.panels..((group + 1) * cut.panels).min(cut.columns.div_ceil(COLUMNS)),
                steps: part * cut.steps..cut.depth.min((part + 1) * cut.steps),
                sums,
                room,
            });
        });
    });
    let per_part = cut.groups() * cut.share();
    pool.rows(cut.rows, cut.columns, c, |first, c| {
        for (row, c) in c.chunks_exact_mut(cut.columns).enumerate() {
            for (panel, c) in c.chunks_mut(COLUMNS).enumerate() {
                let at = panel * COLUMNS * cut.rows + (first + row) * COLUMNS;
                match beta {
                    0.0 => c.fill(0.0),
                    _ => c.iter_mut().for_each(|value| *value *= beta),
                }
                for part in sums.chunks_exact(per_part) {
                    for (value, sum) in c.iter_mut().zip(&part[at..]) {
                        *value += factor * sum;
                    }
                }
            }
        }
    });
}

/// What one task adds up.
struct AddPanels<'a, L, R> {
    left: L,
    right: R,
    rows: usize,
    columns: usize,
    panels: Range<usize>,
    steps: Range<usize>,
    sums: &'a mut [f32],
    room: &'a mut Room,
}

impl<L: Left, R: Right> WithSimd for AddPanels<'_, L, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Room { tiles, lines } = self.room;
        for part in parts(self.steps.len(), DEPTH) {
            let steps = self.steps.start + part.start..self.steps.start + part.end;
            for (panel, lines) in self.panels.clone().zip(&mut *lines) {
                self.right.pack(panel, steps.clone(), &mut lines[..part.len()]);
            }
            for first in (0..self.rows).step_by(TILES * ROWS) {
                let rows = first..self.rows.min(first + TILES * ROWS);
                self.left.pack(rows.clone(), steps.clone(), tiles);
                let panels = self.sums.chunks_exact_mut(self.rows * COLUMNS);
                for ((panel, lines), sums) in self.panels.clone().zip(&*lines).zip(panels) {
                    let columns = 0..COLUMNS.min(self.columns - panel * COLUMNS);
                    let sums = &mut sums[rows.start * COLUMNS..rows.end * COLUMNS];
                    for (tile, c) in tiles.iter().zip(sums.chunks_mut(ROWS * COLUMNS)) {
                        Block {
                            left: L::side(tile),
                            panel: &lines[..part.len()],
                            factor: 1.0,
                            fresh: part.start == 0,
                            c,
                            stride: COLUMNS,
                            columns: columns.clone(),
                            next: &[],
                        }
                        .multiply(simd);
                    }
                }
            }
        }
    }
}
