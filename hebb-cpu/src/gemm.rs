//! C = alpha·op(A)·op(B) + beta·C by matrixmultiply: the one module with unsafe code.
#![allow(unsafe_code)]

use crate::memory::{Spare, prefix, prefix_mut};
use crate::parallel::Pool;
use hebb_core::Result;
use hebb_core::backend::Gemm;

/// Rows of C that one task computes: enough that packing B again for each task costs little.
const ROWS: usize = 128;
/// Tasks that a product is cut into, where its size allows.
const TASKS: usize = 16;
/// The least share of the inner dimension that is worth a partial sum.
const DEPTH: usize = 512;
/// Values that the partial sums of one product may take.
const PARTIALS: usize = 1 << 23;

/// The product, in parallel: cut by rows of C or, where C is small, along the inner dimension.
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
    let cuts = inner_cuts(m, n, k);
    if cuts > 1 {
        let depth = k.div_ceil(cuts);
        let partials = k.div_ceil(depth) * m * n;
        return spare.with(partials, |partials| {
            by_depth(pool, gemm, depth, a, b, c, partials)
        });
    }
    pool.split(m.div_ceil(ROWS), [c], [ROWS * n], |task, [c]| {
        let block = Gemm {
            m: ROWS.min(m - task * ROWS),
            ..gemm
        };
        let a_from = task * ROWS * if gemm.transpose_a { 1 } else { k };
        // Without an inner dimension A is empty.
        let a = a.get(a_from..).unwrap_or_default();
        sgemm(block, [m, k, n], a, b, c);
    });
    Ok(())
}

/// Into how many parts the inner dimension is cut.
fn inner_cuts(m: usize, n: usize, k: usize) -> usize {
    if m.div_ceil(ROWS) >= TASKS || m * n == 0 {
        return 1;
    }
    (k / DEPTH).min(TASKS).min(PARTIALS / (m * n))
}

/// Partial sums over equal parts of the inner dimension, added in order.
fn by_depth(
    pool: &Pool,
    gemm: Gemm,
    depth: usize,
    a: &[f32],
    b: &[f32],
    c: &mut [f32],
    partials: &mut [f32],
) {
    let Gemm { m, n, k, .. } = gemm;
    let cuts = k.div_ceil(depth);
    pool.split(cuts, [&mut *partials], [m * n], |task, [part]| {
        let from = task * depth;
        let block = Gemm {
            k: depth.min(k - from),
            beta: 0.0,
            ..gemm
        };
        let a_from = from * if gemm.transpose_a { m } else { 1 };
        let b_from = from * if gemm.transpose_b { 1 } else { n };
        sgemm(block, [m, k, n], &a[a_from..], &b[b_from..], part);
    });
    pool.rows(m * n, 1, c, |first, c| {
        if gemm.beta == 0.0 {
            c.fill(0.0);
        } else {
            c.iter_mut().for_each(|value| *value *= gemm.beta);
        }
        for part in partials.chunks_exact(m * n) {
            c.iter_mut()
                .zip(&part[first..])
                .for_each(|(sum, value)| *sum += value);
        }
    });
}

/// One product on one thread, of operands that are parts of an m×k and a k×n matrix of sizes `[m, k, n]`.
fn sgemm(gemm: Gemm, [rows, depth, cols]: [usize; 3], a: &[f32], b: &[f32], c: &mut [f32]) {
    let Gemm { m, n, k, .. } = gemm;
    let [row_a, col_a] = if gemm.transpose_a { [1, rows] } else { [depth, 1] };
    let [row_b, col_b] = if gemm.transpose_b { [1, depth] } else { [cols, 1] };
    assert!(
        reach(m, row_a, k, col_a) <= a.len(),
        "A is shorter than its product"
    );
    assert!(
        reach(k, row_b, n, col_b) <= b.len(),
        "B is shorter than its product"
    );
    assert!(reach(m, n, n, 1) <= c.len(), "C is shorter than its product");
    // SAFETY: an operand's element (i, j) lies at i·row + j·col with i and j below the sizes that the asserts above
    // were made with, so every access is inside its slice; `c` is borrowed mutably and its rows do not overlap, since
    // its row stride is its number of columns. Strides fit isize because the slices do.
    unsafe {
        matrixmultiply::sgemm(
            m,
            k,
            n,
            gemm.alpha,
            a.as_ptr(),
            row_a as isize,
            col_a as isize,
            b.as_ptr(),
            row_b as isize,
            col_b as isize,
            gemm.beta,
            c.as_mut_ptr(),
            n as isize,
            1,
        );
    }
}

/// One more than the largest index of a strided matrix.
fn reach(rows: usize, row: usize, cols: usize, col: usize) -> usize {
    if rows == 0 || cols == 0 {
        return 0;
    }
    (rows - 1) * row + (cols - 1) * col + 1
}
