//! Products whose tasks own rows of C.

use super::kernel::{Aligned, Block, COLUMNS, DEPTH, ROWS};
use super::{Left, Right, parts};
use crate::instructions::dispatch;
use crate::memory::{aligned, with_alignment};
use crate::parallel::Pool;
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// Values that the panels of a k×n operand need.
pub(crate) fn panels_len(depth: usize, columns: usize) -> usize {
    with_alignment(columns.div_ceil(COLUMNS) * COLUMNS * depth)
}

/// Packs all panels of an operand of `depth` steps, each as `depth` lines, into [`panels_len`] values.
pub(crate) fn pack_panels<'r, R: Right>(
    pool: &Pool,
    right: R,
    [depth, columns]: [usize; 2],
    room: &'r mut [f32],
) -> &'r [f32] {
    let (len, count) = (COLUMNS * depth, columns.div_ceil(COLUMNS));
    let panels = aligned(room, count * len);
    pool.split(count, [&mut *panels], [len], |index, [panel]| {
        dispatch(Pack {
            right,
            index,
            depth,
            panel,
        });
    });
    panels
}

struct Pack<'a, R> {
    right: R,
    index: usize,
    depth: usize,
    panel: &'a mut [f32],
}

impl<R: Right> WithSimd for Pack<'_, R> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        self.right
            .pack(self.index, 0..self.depth, self.panel.as_chunks_mut().0);
    }
}

/// Tiles that are packed at once: enough that reading the panels costs little.
const TILES: usize = 16;

/// Adds the product of some rows to them, on one thread; `panels` are those of [`pack_panels`].
#[derive(Debug)]
pub(crate) struct AddRows<'a, L> {
    pub(crate) left: L,
    pub(crate) rows: Range<usize>,
    pub(crate) panels: &'a [f32],
    pub(crate) depth: usize,
    pub(crate) columns: usize,
    pub(crate) factor: f32,
    /// The rows of C, nothing between them.
    pub(crate) c: &'a mut [f32],
}

/// Runs [`AddRows`].
pub(crate) fn add_rows<L: Left>(work: AddRows<'_, L>) {
    dispatch(work);
}

impl<L: Left> WithSimd for AddRows<'_, L> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let mut tiles = Aligned([[0.0; ROWS * DEPTH]; TILES]);
        let tiles = &mut tiles.0;
        let panels = self.panels.as_chunks().0;
        let blocks = self.c.chunks_mut(TILES * ROWS * self.columns);
        for (block, rows) in blocks.zip(self.rows.step_by(TILES * ROWS)) {
            let rows = rows..rows + block.len() / self.columns;
            for steps in parts(self.depth, DEPTH) {
                self.left.pack(rows.clone(), steps.clone(), tiles);
                for (index, panel) in panels.chunks_exact(self.depth).enumerate() {
                    let columns = index * COLUMNS..self.columns.min((index + 1) * COLUMNS);
                    let panel = &panel[steps.clone()];
                    for (tile, c) in tiles.iter().zip(block.chunks_mut(ROWS * self.columns)) {
                        Block {
                            tile,
                            order: L::ORDER,
                            panel,
                            factor: self.factor,
                            c,
                            stride: self.columns,
                            columns: columns.clone(),
                        }
                        .add(simd);
                    }
                }
            }
        }
    }
}

/// Rows that one task computes: several tasks, of whole tiles.
pub(crate) fn rows_of_task(rows: usize) -> usize {
    /// Tasks at least, and rows of one at most.
    const TASKS: usize = 8;
    const MOST: usize = 128;
    rows.div_ceil(TASKS).min(MOST).next_multiple_of(ROWS)
}
