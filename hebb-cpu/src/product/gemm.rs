//! C = alpha·op(A)·op(B) + beta·C: the one seam of general products.

use super::{AddRows, ByRows, BySteps, ColumnCut, Columns, Left, Lines, Right};
use super::{add_rows, by_columns, pack_panels, panels_len, rows_of_task};
use crate::memory::{Spare, prefix, prefix_mut};
use crate::parallel::Pool;
use hebb_core::Result;
use hebb_core::backend::Gemm;

/// The product, in parallel.
pub(crate) fn gemm(
    pool: &Pool,
    spare: &Spare,
    gemm: Gemm,
    a: &[f32],
    b: &[f32],
    c: &mut [f32],
) -> Result<()> {
    let Gemm { m, n, k, .. } = gemm;
    let a = prefix("A of a product", a, m * k)?;
    let b = prefix("B of a product", b, k * n)?;
    let c = prefix_mut("C of a product", c, m * n)?;
    let run = Run { pool, spare, gemm };
    match (gemm.transpose_a, gemm.transpose_b) {
        (false, false) => run.of(
            ByRows { values: a, depth: k },
            Lines {
                values: b,
                columns: n,
            },
            c,
        ),
        (false, true) => run.of(ByRows { values: a, depth: k }, Columns { values: b, depth: k }, c),
        (true, false) => run.of(
            BySteps { values: a, rows: m },
            Lines {
                values: b,
                columns: n,
            },
            c,
        ),
        (true, true) => run.of(BySteps { values: a, rows: m }, Columns { values: b, depth: k }, c),
    }
}

struct Run<'a> {
    pool: &'a Pool,
    spare: &'a Spare,
    gemm: Gemm,
}

impl Run<'_> {
    fn of(&self, left: impl Left, right: impl Right, c: &mut [f32]) -> Result<()> {
        /// Rows of C from which on cutting by rows gives enough tasks that are large enough.
        const ROWS: usize = 512;
        let Gemm {
            m, n, k, alpha, beta, ..
        } = self.gemm;
        if c.is_empty() || k == 0 {
            scale(beta, c);
            return Ok(());
        }
        if m < ROWS {
            let cut = ColumnCut::new(m, n, k);
            return self.spare.with(cut.len(), |sums| {
                by_columns(self.pool, cut, [alpha, beta], left, right, c, sums);
            });
        }
        self.spare.with(panels_len(k, n), |panels| {
            let panels = pack_panels(self.pool, right, [k, n], panels);
            let size = rows_of_task(m);
            self.pool.split(m.div_ceil(size), [c], [size * n], |task, [c]| {
                if beta != 0.0 {
                    scale(beta, c);
                }
                add_rows(AddRows {
                    left,
                    rows: task * size..m.min((task + 1) * size),
                    panels,
                    depth: k,
                    columns: n,
                    factor: alpha,
                    fresh: beta == 0.0,
                    c,
                });
            });
        })
    }
}

/// beta·C; with beta = 0, C is not read.
fn scale(beta: f32, c: &mut [f32]) {
    if beta == 0.0 {
        c.fill(0.0);
    } else if beta != 1.0 {
        c.iter_mut().for_each(|value| *value *= beta);
    }
}
