//! Aᵀ X (N×K) over a group of tiles: every task owns some rows and packs the patches it needs a block at a time.

use crate::instructions::dispatch;
use crate::patches::Patches;
use crate::product::{Block, COLUMNS, DEPTH, ROWS, Right, Room, Side, parts, with_room};
use pulp::{Simd, WithSimd};

/// Units whose factors lie side by side: what the kernel computes at once.
pub(super) const UNITS: usize = ROWS;

/// Rows of Aᵀ X that one task computes: enough that packing costs little, and few enough for several tasks.
pub(super) fn rows_of_task(units: usize) -> usize {
    /// At most, so that the factors of a group stay in a second-level cache.
    const MOST: usize = 192;
    let pairs = units.div_ceil(2 * MOST);
    units.div_ceil(2 * pairs).next_multiple_of(UNITS)
}

/// What one task adds up.
#[derive(Debug)]
pub(super) struct Gradient<'a, T> {
    /// The tiles of the group: their patches, how many, and their factors, as blocks of [`UNITS`] units, each `stride`
    /// patches of one value a unit.
    pub(super) tiles: T,
    pub(super) stride: usize,
    /// The first block of units.
    pub(super) first: usize,
    pub(super) patch_len: usize,
    /// Whether the rows hold sums of a former group.
    pub(super) goes_on: bool,
    /// The task's rows of Aᵀ X.
    pub(super) rows: &'a mut [f32],
}

/// A tile's patches, how many there are, and its factors.
pub(super) type Tile<'a> = (Patches<'a>, usize, &'a [f32]);

impl<'t, T: Iterator<Item = Tile<'t>> + Clone> Gradient<'_, T> {
    /// Adds it up.
    pub(super) fn run(self) {
        with_room(|room| dispatch(Packed { work: self, room }));
    }
}

/// [`Gradient`] and the room that it packs patches into.
struct Packed<'a, 'r, T> {
    work: Gradient<'a, T>,
    room: &'r mut Room,
}

impl<'t, T: Iterator<Item = Tile<'t>> + Clone> WithSimd for Packed<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { work, room } = self;
        let [lines, ..] = &mut room.lines;
        for panel in 0..work.patch_len.div_ceil(COLUMNS) {
            let columns = panel * COLUMNS..((panel + 1) * COLUMNS).min(work.patch_len);
            for (tile, (patches, count, factors)) in work.tiles.clone().enumerate() {
                for steps in parts(count, DEPTH) {
                    let lines = &mut lines[..steps.len()];
                    Right::pack(&patches, panel, steps.clone(), lines);
                    for (block, rows) in work.rows.chunks_mut(UNITS * work.patch_len).enumerate() {
                        let start = (work.first + block) * work.stride + steps.start;
                        let factors = &factors.as_chunks().0[start..];
                        Block {
                            left: Side::Steps(&factors[..steps.len()]),
                            panel: lines,
                            factor: 1.0,
                            fresh: !work.goes_on && tile == 0 && steps.start == 0,
                            c: rows,
                            stride: work.patch_len,
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
