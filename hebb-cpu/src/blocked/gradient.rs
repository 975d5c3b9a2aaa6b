//! Aᵀ X (N×K) over a group of tiles: every task owns some rows and packs the patches it needs a block at a time.

use crate::patches::Patches;
use crate::primitives::apart;
use pulp::{Simd, WithSimd};

/// Units that one kernel call computes side by side.
pub(super) const UNITS: usize = 8;
/// Columns of a block of packed patches.
const COLUMNS: usize = 48;
/// Patches of a block.
const ROWS: usize = 128;
/// Values of the packed block.
pub(super) const BLOCK: usize = ROWS * COLUMNS;

/// Rows of Aᵀ X that one task computes: enough that packing costs little, and few enough for several tasks.
pub(super) fn rows_of_task(units: usize) -> usize {
    /// At most, so that the factors of a group stay in a second-level cache.
    const MOST: usize = 96;
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
    pub(super) packed: &'a mut [f32],
    /// The task's rows of Aᵀ X.
    pub(super) rows: &'a mut [f32],
}

/// A tile's patches, how many there are, and its factors.
pub(super) type Tile<'a> = (Patches<'a>, usize, &'a [f32]);

impl<'t, T: Iterator<Item = Tile<'t>> + Clone> WithSimd for Gradient<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        if !self.goes_on {
            self.rows.fill(0.0);
        }
        for start in (0..self.patch_len).step_by(COLUMNS) {
            let columns = start..(start + COLUMNS).min(self.patch_len);
            for (patches, count, factors) in self.tiles.clone() {
                for from in (0..count).step_by(ROWS) {
                    let span = from..(from + ROWS).min(count);
                    pack(patches, span.clone(), columns.clone(), self.packed);
                    self.block(simd, span, columns.clone(), factors);
                }
            }
        }
    }
}

impl<T> Gradient<'_, T> {
    /// Adds one block of patches to all rows of the task.
    #[inline(always)]
    fn block<S: Simd>(
        &mut self,
        simd: S,
        span: std::ops::Range<usize>,
        columns: std::ops::Range<usize>,
        factors: &[f32],
    ) {
        for (block, rows) in self.rows.chunks_mut(UNITS * self.patch_len).enumerate() {
            let start = ((self.first + block) * self.stride + span.start) * UNITS;
            let factors = &factors[start..][..span.len() * UNITS];
            let packed = &self.packed[..span.len() * COLUMNS];
            let to = [self.patch_len, columns.start, columns.end];
            // 24 sums, 3 vectors and a factor fit 32 registers; 12 sums, 3 vectors and a factor fit 16.
            if S::REGISTER_COUNT >= 32 {
                apart(
                    simd,
                    Kernel::<0, 8> {
                        factors,
                        packed,
                        rows,
                        to,
                    },
                );
            } else {
                let rows = &mut *rows;
                apart(
                    simd,
                    Kernel::<0, 4> {
                        factors,
                        packed,
                        rows: &mut *rows,
                        to,
                    },
                );
                apart(
                    simd,
                    Kernel::<4, 4> {
                        factors,
                        packed,
                        rows,
                        to,
                    },
                );
            }
        }
    }
}

/// The patches `span` of a tile, `columns` of each, as rows of [`COLUMNS`]; columns that are missing count as zero.
#[inline(always)]
fn pack(
    patches: Patches<'_>,
    span: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
    packed: &mut [f32],
) {
    let len = columns.len();
    let starts = patches.starts(span.start);
    let rows = packed.as_chunks_mut::<COLUMNS>().0;
    for (row, start) in rows[..span.len()].iter_mut().zip(starts) {
        let mut at = 0;
        for (offset, run) in patches.runs(columns.clone()) {
            let values = &patches.images[start + offset..][..run];
            // Most runs of wide images fill the row; a copy of fixed length needs no call.
            match values.first_chunk::<COLUMNS>() {
                Some(values) => *row = *values,
                None => row[at..at + run]
                    .iter_mut()
                    .zip(values)
                    .for_each(|(to, from)| *to = *from),
            }
            at += run;
        }
        row[len..].fill(0.0);
    }
}

/// Vectors of columns that one kernel sums side by side.
const RUNS: usize = 3;

/// `COUNT` units of a block from unit `FIRST` on times one block of patches.
///
/// A function of its own, so that all its sums stay in registers.
struct Kernel<'a, const FIRST: usize, const COUNT: usize> {
    factors: &'a [f32],
    packed: &'a [f32],
    rows: &'a mut [f32],
    /// The length of a row, and the first column and the one behind the last.
    to: [usize; 3],
}

impl<const FIRST: usize, const COUNT: usize> WithSimd for Kernel<'_, FIRST, COUNT> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let [patch_len, start, end] = self.to;
        let factors = self.factors.as_chunks::<UNITS>().0;
        let packed = self.packed.as_chunks::<COLUMNS>().0;
        let step = RUNS * S::F32_LANES;
        for at in (0..(end - start).next_multiple_of(step).min(COLUMNS)).step_by(step) {
            let mut sums = [[simd.splat_f32s(0.0); RUNS]; COUNT];
            for (factors, values) in factors.iter().zip(packed) {
                let (values, _) = S::as_simd_f32s(&values[at..][..step]);
                for unit in 0..COUNT {
                    let factor = simd.splat_f32s(factors[FIRST + unit]);
                    for run in 0..RUNS {
                        sums[unit][run] = simd.mul_add_e_f32s(factor, values[run], sums[unit][run]);
                    }
                }
            }
            let rows = self.rows.chunks_exact_mut(patch_len).skip(FIRST);
            for (sums, row) in sums.iter().zip(rows) {
                add(simd, sums, &mut row[start + at..end.min(start + at + step)]);
            }
        }
    }
}

/// Adds vectors to a row that may end before them.
#[inline(always)]
fn add<S: Simd>(simd: S, sums: &[S::f32s], row: &mut [f32]) {
    let (full, rest) = S::as_mut_simd_f32s(row);
    for (value, sum) in full.iter_mut().zip(sums) {
        *value = simd.add_f32s(*value, *sum);
    }
    if let Some(sum) = sums.get(full.len())
        && !rest.is_empty()
    {
        let former = simd.partial_load_f32s(rest);
        simd.partial_store_f32s(rest, simd.add_f32s(former, *sum));
    }
}
