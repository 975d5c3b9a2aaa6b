//! Products whose tasks own rows of C.

use super::kernel::{Block, COLUMNS, DEPTH, Line, ROWS, Tile};
use super::room::{TILES, with_room};
use super::{Left, Right, parts};
use crate::instructions::dispatch;
use crate::memory::{LINE, aligned, with_alignment};
use crate::parallel::{Pool, even};
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

/// The product of some rows, on one thread; `panels` are those of [`pack_panels`].
#[derive(Debug)]
pub(crate) struct AddRows<'a, L> {
    pub(crate) left: L,
    pub(crate) rows: Range<usize>,
    pub(crate) panels: &'a [f32],
    pub(crate) depth: usize,
    pub(crate) columns: usize,
    pub(crate) factor: f32,
    /// Whether the rows are written without being read; otherwise the product is added to them.
    pub(crate) fresh: bool,
    /// The rows of C, nothing between them.
    pub(crate) c: &'a mut [f32],
}

/// Runs [`AddRows`].
pub(crate) fn add_rows<L: Left>(work: AddRows<'_, L>) {
    with_room(|room| {
        dispatch(Packed {
            work,
            tiles: &mut room.tiles,
        });
    });
}

/// [`AddRows`] and the room that it packs tiles into.
struct Packed<'a, 'r, L> {
    work: AddRows<'a, L>,
    tiles: &'r mut [Tile; TILES],
}

impl<L: Left> WithSimd for Packed<'_, '_, L> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { work, tiles } = self;
        let blocks = work.c.chunks_mut(TILES * ROWS * work.columns);
        for (c, rows) in blocks.zip(work.rows.step_by(TILES * ROWS)) {
            let rows = rows..rows + c.len() / work.columns;
            for steps in parts(work.depth, DEPTH) {
                work.left.pack(rows.clone(), steps.clone(), tiles);
                let panels = Panels {
                    values: work.panels,
                    depth: work.depth,
                    steps: steps.clone(),
                };
                for index in 0..work.columns.div_ceil(COLUMNS) {
                    let mut next = shares(panels.part(index + 1), rows.len());
                    for (tile, c) in tiles.iter().zip(c.chunks_mut(ROWS * work.columns)) {
                        Block {
                            left: L::side(tile),
                            panel: panels.part(index),
                            factor: work.factor,
                            fresh: work.fresh && steps.start == 0,
                            c,
                            stride: work.columns,
                            columns: index * COLUMNS..work.columns.min((index + 1) * COLUMNS),
                            next: next.next().unwrap_or_default(),
                        }
                        .multiply(simd);
                    }
                }
            }
        }
    }
}

/// Some steps of every panel.
struct Panels<'a> {
    values: &'a [f32],
    depth: usize,
    steps: Range<usize>,
}

impl<'a> Panels<'a> {
    /// Those of one panel; nothing behind the last one.
    #[inline(always)]
    fn part(&self, index: usize) -> &'a [Line] {
        let lines = self.values.as_chunks().0;
        let panel = lines.get(index * self.depth..).unwrap_or_default();
        panel.get(self.steps.clone()).unwrap_or_default()
    }
}

/// What comes next, cut into as many runs of whole cache lines as `rows` have tiles.
#[inline(always)]
fn shares(next: &[Line], rows: usize) -> impl Iterator<Item = &[f32]> {
    let values = next.as_flattened();
    let share = values.len().div_ceil(rows.div_ceil(ROWS)).next_multiple_of(LINE);
    values.chunks(share.max(LINE))
}

/// Rows that one task computes: several tasks, of whole tiles.
pub(crate) fn rows_of_task(rows: usize) -> usize {
    /// Tasks at least, and rows of one at most.
    const TASKS: usize = 8;
    const MOST: usize = TILES * ROWS;
    let tasks = even(rows.div_ceil(MOST).max(TASKS));
    rows.div_ceil(tasks).next_multiple_of(ROWS)
}
