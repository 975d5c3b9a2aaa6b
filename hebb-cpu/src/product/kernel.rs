//! The innermost loops of every dense product: some rows times one panel of columns, all sums in registers.

use crate::primitives::apart;
use pulp::{Simd, WithSimd};

/// Rows of a tile of the left operand.
pub(crate) const ROWS: usize = 8;
/// Columns of a panel of the right operand: a multiple of every vector's lanes.
pub(crate) const COLUMNS: usize = 48;
/// Steps along the inner dimension that a tile and a part of a panel hold, so that both stay in the first cache.
pub(crate) const DEPTH: usize = 192;
/// Vectors of columns that are summed side by side.
const RUNS: usize = 3;

/// A part of the left operand: [`ROWS`] rows of [`DEPTH`] steps, in one of two orders.
pub(crate) type Tile = [f32; ROWS * DEPTH];
/// A step of the right operand.
pub(crate) type Line = [f32; COLUMNS];

/// What starts at a cache line.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Aligned<T>(pub(crate) T);

/// How a [`Tile`] is ordered: row after row, or step after step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Rows,
    Steps,
}

/// A tile times a panel, `factor` times the product added to a part of C.
#[derive(Debug)]
pub(crate) struct Block<'a> {
    pub(crate) tile: &'a Tile,
    pub(crate) order: Order,
    pub(crate) panel: &'a [Line],
    pub(crate) factor: f32,
    /// The rows of C, as many as the tile has; the product's columns start with `columns`.
    pub(crate) c: &'a mut [f32],
    /// Values from one row of C to the next.
    pub(crate) stride: usize,
    /// The columns of C.
    pub(crate) columns: std::ops::Range<usize>,
}

impl Block<'_> {
    /// Adds the product.
    #[inline(always)]
    pub(crate) fn add<S: Simd>(&mut self, simd: S) {
        let (mut at, columns) = (0, self.columns.len());
        while at < columns {
            let left = (columns - at).div_ceil(S::F32_LANES).min(RUNS);
            match left {
                1 => self.columns_from::<S, 1>(simd, at),
                2 => self.columns_from::<S, 2>(simd, at),
                _ => self.columns_from::<S, RUNS>(simd, at),
            }
            at += left * S::F32_LANES;
        }
    }

    /// `RUN` vectors of columns from `at` on: 24 sums, 3 vectors and a value fit 32 registers; 12 sums, 3 vectors and a
    /// value fit 16.
    #[inline(always)]
    fn columns_from<S: Simd, const RUN: usize>(&mut self, simd: S, at: usize) {
        if S::REGISTER_COUNT >= 32 {
            self.rows_from::<S, 0, 8, RUN>(simd, at);
        } else {
            self.rows_from::<S, 0, 4, RUN>(simd, at);
            self.rows_from::<S, 4, 4, RUN>(simd, at);
        }
    }

    #[inline(always)]
    fn rows_from<S: Simd, const FIRST: usize, const COUNT: usize, const RUN: usize>(
        &mut self,
        simd: S,
        at: usize,
    ) {
        let (tile, panel, factor, stride) = (self.tile, self.panel, self.factor, self.stride);
        let columns = self.columns.start + at..self.columns.end;
        let Some(c) = self.c.get_mut(FIRST * stride..) else {
            return;
        };
        match self.order {
            Order::Rows => apart(
                simd,
                Kernel::<FIRST, COUNT, RUN, true> {
                    tile,
                    panel,
                    at,
                    factor,
                    c,
                    stride,
                    columns,
                },
            ),
            Order::Steps => apart(
                simd,
                Kernel::<FIRST, COUNT, RUN, false> {
                    tile,
                    panel,
                    at,
                    factor,
                    c,
                    stride,
                    columns,
                },
            ),
        }
    }
}

/// `COUNT` rows of a tile from row `FIRST` on times `RUN` vectors of a panel from column `at` on.
///
/// A function of its own, so that all its sums stay in registers.
struct Kernel<'a, const FIRST: usize, const COUNT: usize, const RUN: usize, const BY_ROWS: bool> {
    tile: &'a Tile,
    panel: &'a [Line],
    at: usize,
    factor: f32,
    c: &'a mut [f32],
    stride: usize,
    columns: std::ops::Range<usize>,
}

impl<const FIRST: usize, const COUNT: usize, const RUN: usize, const BY_ROWS: bool> WithSimd
    for Kernel<'_, FIRST, COUNT, RUN, BY_ROWS>
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let span = self.at..self.at + RUN * S::F32_LANES;
        let mut sums = [[simd.splat_f32s(0.0); RUN]; COUNT];
        for (step, line) in (0..DEPTH).zip(self.panel) {
            let (values, _) = S::as_simd_f32s(&line[span.clone()]);
            #[expect(
                clippy::needless_range_loop,
                reason = "constant indices keep the sums in registers"
            )]
            for row in 0..COUNT {
                let index = if BY_ROWS {
                    (FIRST + row) * DEPTH + step
                } else {
                    step * ROWS + FIRST + row
                };
                let value = simd.splat_f32s(self.tile[index]);
                for run in 0..RUN {
                    sums[row][run] = simd.mul_add_e_f32s(value, values[run], sums[row][run]);
                }
            }
        }
        let factor = simd.splat_f32s(self.factor);
        let end = self.columns.end.min(self.columns.start + RUN * S::F32_LANES);
        let whole = end - self.columns.start == RUN * S::F32_LANES;
        for (sums, row) in sums.into_iter().zip(self.c.chunks_mut(self.stride)) {
            let to = &mut row[self.columns.start..end];
            if whole {
                let (to, _) = S::as_mut_simd_f32s(to);
                for run in 0..RUN {
                    to[run] = simd.mul_add_e_f32s(factor, sums[run], to[run]);
                }
            } else {
                add(simd, factor, &sums, to);
            }
        }
    }
}

/// Adds vectors to a row that ends before them.
#[inline(always)]
fn add<S: Simd>(simd: S, factor: S::f32s, sums: &[S::f32s], row: &mut [f32]) {
    let (full, rest) = S::as_mut_simd_f32s(row);
    for (value, sum) in full.iter_mut().zip(sums) {
        *value = simd.mul_add_e_f32s(factor, *sum, *value);
    }
    if let Some(sum) = sums.get(full.len())
        && !rest.is_empty()
    {
        let former = simd.partial_load_f32s(rest);
        simd.partial_store_f32s(rest, simd.mul_add_e_f32s(factor, *sum, former));
    }
}
