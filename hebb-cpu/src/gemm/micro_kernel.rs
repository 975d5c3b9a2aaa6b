//! The micro-kernel of every dense product: a micro-panel of A times one of B, all sums in registers.

use crate::memory::{LINE, prefetch};
use crate::simd::outlined;
use pulp::{Simd, WithSimd};

/// Rows of a micro-panel of A: a multiple of the rows that a kernel sums at once.
pub(crate) const MR: usize = 24;
/// Columns of a micro-panel of B: a multiple of every vector's lanes.
pub(crate) const NR: usize = 48;
/// Steps of the inner dimension that are packed at once: a micro-panel of A stays in a first-level cache, one of B and
/// [`super::buffers::MC`] rows of A in a second-level cache of 512 KB.
pub(crate) const KC: usize = 192;

/// A packed micro-panel of A: [`MR`] rows of [`KC`] steps, in one of two orders.
pub(crate) type PanelA = [f32; MR * KC];
/// One step of a packed micro-panel of B.
pub(crate) type RowB = [f32; NR];

/// A packed micro-panel of A, row after row or step after step.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PackedA<'a> {
    Rows(&'a PanelA),
    Steps(&'a [[f32; MR]]),
}

/// The product of two micro-panels: `factor` times the product becomes a part of C or is added to it.
#[derive(Debug)]
pub(crate) struct PanelProduct<'a> {
    pub(crate) packed_a: PackedA<'a>,
    pub(crate) packed_b: &'a [RowB],
    pub(crate) factor: f32,
    /// C is written without being read.
    pub(crate) fresh: bool,
    /// The rows of C, as many as A has; the product's columns start with `columns`.
    pub(crate) c: &'a mut [f32],
    /// Values from one row of C to the next.
    pub(crate) stride: usize,
    /// The columns of C.
    pub(crate) columns: std::ops::Range<usize>,
    /// The values that are read next, prefetched meanwhile.
    pub(crate) next: &'a [f32],
}

impl PanelProduct<'_> {
    /// Takes the product to C.
    ///
    /// 24 sums, 3 vectors and a value fit 32 registers. Compilers load ahead: of 16 registers they keep 12 sums and 2 vectors
    /// where A lies row after row, and 8 sums where it lies step after step; more would go to memory and back.
    #[inline(always)]
    pub(crate) fn multiply<S: Simd>(&mut self, simd: S) {
        let wide = S::REGISTER_COUNT >= 32;
        let (mut at, columns) = (0, self.columns.len());
        while at < columns {
            let left = (columns - at).div_ceil(S::F32_LANES);
            at += S::F32_LANES
                * match (wide, self.packed_a, left) {
                    (true, _, 1) => self.columns_from::<S, 8, 1>(simd, at),
                    (true, _, 2) => self.columns_from::<S, 8, 2>(simd, at),
                    (true, ..) => self.columns_from::<S, 8, 3>(simd, at),
                    (false, PackedA::Rows(_), 1) => self.columns_from::<S, 6, 1>(simd, at),
                    (false, PackedA::Rows(_), _) => self.columns_from::<S, 6, 2>(simd, at),
                    (false, PackedA::Steps(_), 1) => self.columns_from::<S, 4, 1>(simd, at),
                    (false, PackedA::Steps(_), _) => self.columns_from::<S, 4, 2>(simd, at),
                };
        }
    }

    /// All rows, `COUNT` at a time, times `RUN` vectors of columns from `at` on; gives `RUN`.
    #[inline(always)]
    fn columns_from<S: Simd, const COUNT: usize, const RUN: usize>(&mut self, simd: S, at: usize) -> usize {
        let columns = self.columns.start + at..self.columns.end;
        // What one kernel prefetches at least; the next ones go on.
        let fetched = self.packed_b.len() / PACE * LINE;
        for (index, c) in self.c.chunks_mut(COUNT * self.stride).enumerate() {
            let (next, later) = self.next.split_at(fetched.min(self.next.len()));
            self.next = later;
            let to = Target {
                factor: self.factor,
                fresh: self.fresh,
                c,
                stride: self.stride,
                columns: columns.clone(),
                next,
            };
            let (at, panel) = ([index * COUNT, at], self.packed_b);
            match self.packed_a {
                PackedA::Rows(left) => outlined(simd, MicroKernel::<_, COUNT, RUN> { left, panel, at, to }),
                PackedA::Steps(left) => outlined(simd, MicroKernel::<_, COUNT, RUN> { left, panel, at, to }),
            }
        }
        RUN
    }
}

/// Steps that a kernel takes at a time, for which it prefetches a cache line each of C and of what comes next: at once they
/// would hold up the loads of the steps themselves.
const PACE: usize = 4;

/// A as a kernel reads it; steps are counted in paces and within one.
trait Values: Copy {
    /// Whole paces at most.
    fn paces(self) -> usize;

    /// A value at a step of a whole pace.
    fn value(self, row: usize, pace: usize, step: usize) -> f32;

    /// A value at any step; 0 where there is none.
    fn any_value(self, row: usize, step: usize) -> f32;
}

impl Values for &PanelA {
    #[inline(always)]
    fn paces(self) -> usize {
        KC / PACE
    }

    #[inline(always)]
    fn value(self, row: usize, pace: usize, step: usize) -> f32 {
        self.as_chunks::<PACE>().0[row * (KC / PACE) + pace][step]
    }

    #[inline(always)]
    fn any_value(self, row: usize, step: usize) -> f32 {
        self.get(row * KC + step).copied().unwrap_or_default()
    }
}

impl Values for &[[f32; MR]] {
    #[inline(always)]
    fn paces(self) -> usize {
        self.len() / PACE
    }

    #[inline(always)]
    fn value(self, row: usize, pace: usize, step: usize) -> f32 {
        self.as_chunks::<PACE>().0[pace][step][row]
    }

    #[inline(always)]
    fn any_value(self, row: usize, step: usize) -> f32 {
        self.get(step).map_or(0.0, |values| values[row])
    }
}

/// `COUNT` rows of A times `RUN` vectors of a micro-panel of B; `at` says from which row and which column on.
///
/// A function of its own, so that all its sums stay in registers.
struct MicroKernel<'a, V, const COUNT: usize, const RUN: usize> {
    left: V,
    panel: &'a [RowB],
    at: [usize; 2],
    to: Target<'a>,
}

impl<V: Values, const COUNT: usize, const RUN: usize> WithSimd for MicroKernel<'_, V, COUNT, RUN> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let mut sums = [[simd.splat_f32s(0.0); RUN]; COUNT];
        let (whole, rest) = self.panel.as_chunks::<PACE>();
        // Bounds that the compiler sees: a check at every step would keep the sums in memory.
        let [first, at] = self.at;
        let (first, at) = (first.min(MR - COUNT), at.min(NR - RUN * S::F32_LANES));
        let paces = self.left.paces().min(whole.len());
        let mut place = [0, self.to.columns.start];
        for (pace, lines) in (0..paces).zip(whole) {
            place = self.to.prefetch(place, pace);
            for (step, line) in lines.iter().enumerate() {
                let value = |row| self.left.value(first + row, pace, step);
                add_step(simd, line, at, value, &mut sums);
            }
        }
        for (step, line) in rest.iter().enumerate() {
            let value = |row| self.left.any_value(first + row, PACE * paces + step);
            add_step(simd, line, at, value, &mut sums);
        }
        self.to.add(simd, sums);
    }
}

/// Adds the values of the rows at one step times a line from `at` on.
#[inline(always)]
fn add_step<S: Simd, const COUNT: usize, const RUN: usize>(
    simd: S,
    line: &RowB,
    at: usize,
    value: impl Fn(usize) -> f32,
    sums: &mut [[S::f32s; RUN]; COUNT],
) {
    let (line, _) = S::as_simd_f32s(&line[at..][..RUN * S::F32_LANES]);
    #[expect(
        clippy::needless_range_loop,
        reason = "constant indices keep the sums in registers"
    )]
    for row in 0..COUNT {
        let value = simd.splat_f32s(value(row));
        for run in 0..RUN {
            sums[row][run] = simd.mul_add_e_f32s(value, line[run], sums[row][run]);
        }
    }
}

/// The part of C that a kernel's sums go to, and the values that are read after them.
struct Target<'a> {
    factor: f32,
    fresh: bool,
    c: &'a mut [f32],
    stride: usize,
    columns: std::ops::Range<usize>,
    next: &'a [f32],
}

impl Target<'_> {
    /// Prefetches the cache line of C at this row's start and column, and one of what comes next; gives the place of the line after.
    #[inline(always)]
    fn prefetch(&self, [row, column]: [usize; 2], index: usize) -> [usize; 2] {
        prefetch(self.c, row + column);
        prefetch(self.next, index * LINE);
        // One line more than the columns fill, since C need not start at a line.
        if column < self.columns.start + NR {
            [row, column + LINE]
        } else {
            [row + self.stride, self.columns.start]
        }
    }

    /// Takes the sums to C.
    #[inline(always)]
    fn add<S: Simd, const COUNT: usize, const RUN: usize>(&mut self, simd: S, sums: [[S::f32s; RUN]; COUNT]) {
        let factor = simd.splat_f32s(self.factor);
        let end = self.columns.end.min(self.columns.start + RUN * S::F32_LANES);
        let whole = end - self.columns.start == RUN * S::F32_LANES;
        if whole && self.c.len() >= (COUNT - 1) * self.stride + end {
            #[expect(
                clippy::needless_range_loop,
                reason = "what is iterated over is written to memory first"
            )]
            for row in 0..COUNT {
                let to = &mut self.c[row * self.stride + self.columns.start..][..RUN * S::F32_LANES];
                let (to, _) = S::as_mut_simd_f32s(to);
                for run in 0..RUN {
                    to[run] = if self.fresh {
                        simd.mul_f32s(factor, sums[row][run])
                    } else {
                        simd.mul_add_e_f32s(factor, sums[row][run], to[run])
                    };
                }
            }
            return;
        }
        for (sums, row) in sums.into_iter().zip(self.c.chunks_mut(self.stride)) {
            let to = &mut row[self.columns.start..end];
            if self.fresh {
                to.fill(0.0);
            }
            add(simd, factor, &sums, to);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::dispatch;

    /// A block by one shape of kernel, whatever this machine's registers would ask for.
    struct Shaped<'a, const COUNT: usize, const RUN: usize>(PanelProduct<'a>);

    impl<const COUNT: usize, const RUN: usize> WithSimd for Shaped<'_, COUNT, RUN> {
        type Output = ();

        fn with_simd<S: Simd>(mut self, simd: S) {
            for at in (0..self.0.columns.len()).step_by(RUN * S::F32_LANES) {
                self.0.columns_from::<S, COUNT, RUN>(simd, at);
            }
        }
    }

    fn value(row: usize, step: usize) -> f32 {
        ((row * 31 + step * 17) % 13) as f32 - 6.0
    }

    fn adds_the_product<const COUNT: usize, const RUN: usize>() {
        let panel: Vec<RowB> = (0..KC)
            .map(|step| std::array::from_fn(|column| value(step, column)))
            .collect();
        let by_rows: PanelA = std::array::from_fn(|at| value(at / KC, at % KC));
        let by_steps: Vec<[f32; MR]> = (0..KC)
            .map(|step| std::array::from_fn(|row| value(row, step)))
            .collect();
        // No more columns than every shape has whole runs for: 32 of 16 lanes by twos.
        for [rows, columns, steps] in [[MR, 32, KC], [COUNT + 1, 17, 6], [COUNT, 29, 3], [1, 1, 1]] {
            let (stride, first) = (60, 5);
            let dot = |row, column| -> f32 {
                (0..steps)
                    .map(|step| value(row, step) * value(step, column))
                    .sum()
            };
            for left in [PackedA::Rows(&by_rows), PackedA::Steps(&by_steps[..steps])] {
                let mut c = vec![1.0; rows * stride];
                dispatch(Shaped::<COUNT, RUN>(PanelProduct {
                    packed_a: left,
                    packed_b: &panel[..steps],
                    factor: 2.0,
                    fresh: false,
                    c: &mut c,
                    stride,
                    columns: first..first + columns,
                    next: &[],
                }));
                let expected = |at: usize| match (at % stride).checked_sub(first) {
                    Some(column) if column < columns => 1.0 + 2.0 * dot(at / stride, column),
                    _ => 1.0,
                };
                // Whole numbers: every order of sums gives the same bits.
                let expected: Vec<f32> = (0..c.len()).map(expected).collect();
                assert_eq!(c, expected, "{rows} rows, {columns} columns, {steps} steps");
            }
        }
    }

    #[test]
    fn every_shape_of_kernel_adds_the_product_and_nothing_else() {
        adds_the_product::<8, 1>();
        adds_the_product::<8, 2>();
        adds_the_product::<8, 3>();
        adds_the_product::<6, 1>();
        adds_the_product::<6, 2>();
        adds_the_product::<4, 1>();
        adds_the_product::<4, 2>();
    }
}
