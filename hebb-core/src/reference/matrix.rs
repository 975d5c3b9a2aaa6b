//! Matrix products, and operations on the rows and columns of a matrix.

use super::need::{need, need_mut};
use crate::backend::{Dims, Gemm};
use crate::error::Result;

pub(super) fn gemm(gemm: Gemm, a: &[f32], b: &[f32], c: &mut [f32]) -> Result<()> {
    let Gemm { m, n, k, .. } = gemm;
    let (a, b) = (need("a", a, m * k)?, need("b", b, k * n)?);
    let c = need_mut("c", c, m * n)?;
    let at = |row: usize, inner: usize| {
        a[if gemm.transpose_a {
            inner * m + row
        } else {
            row * k + inner
        }]
    };
    let bt = |inner: usize, col: usize| {
        b[if gemm.transpose_b {
            col * k + inner
        } else {
            inner * n + col
        }]
    };
    for row in 0..m {
        for col in 0..n {
            let product: f64 = (0..k)
                .map(|inner| f64::from(at(row, inner)) * f64::from(bt(inner, col)))
                .sum();
            let c = &mut c[row * n + col];
            let former = if gemm.beta == 0.0 {
                0.0
            } else {
                f64::from(gemm.beta) * f64::from(*c)
            };
            *c = (f64::from(gemm.alpha) * product + former) as f32;
        }
    }
    Ok(())
}

pub(super) fn row_norms_squared(dims: Dims, x: &[f32], out: &mut [f32]) -> Result<()> {
    let x = need("x", x, dims.len())?;
    let out = need_mut("out", out, dims.rows)?;
    for (row, out) in out.iter_mut().enumerate() {
        *out = norm_squared(&x[row * dims.cols..(row + 1) * dims.cols]) as f32;
    }
    Ok(())
}

pub(super) fn column_sums(dims: Dims, x: &[f32], out: &mut [f32]) -> Result<()> {
    let x = need("x", x, dims.len())?;
    let out = need_mut("out", out, dims.cols)?;
    for (col, out) in out.iter_mut().enumerate() {
        let sum: f64 = (0..dims.rows)
            .map(|row| f64::from(x[row * dims.cols + col]))
            .sum();
        *out = sum as f32;
    }
    Ok(())
}

pub(super) fn standardize_rows(dims: Dims, epsilon: f32, x: &mut [f32]) -> Result<()> {
    for row in rows("x", dims, x)? {
        let mean = row.iter().map(|&v| f64::from(v)).sum::<f64>() / row.len() as f64;
        let squares: f64 = row.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum();
        let deviation = (squares / row.len().saturating_sub(1).max(1) as f64).sqrt();
        let scale = recip_or_zero(deviation + f64::from(epsilon));
        row.iter_mut()
            .for_each(|v| *v = ((f64::from(*v) - mean) * scale) as f32);
    }
    Ok(())
}

pub(super) fn normalize_rows(dims: Dims, epsilon: f32, x: &mut [f32]) -> Result<()> {
    for row in rows("x", dims, x)? {
        let scale = recip_or_zero(norm_squared(row).sqrt() + f64::from(epsilon));
        row.iter_mut().for_each(|v| *v = (f64::from(*v) * scale) as f32);
    }
    Ok(())
}

pub(super) fn lower_triangle(size: usize, x: &mut [f32]) -> Result<()> {
    for (row, values) in rows("x", Dims::new(size, size), x)?.enumerate() {
        values[row + 1..].fill(0.0);
    }
    Ok(())
}

fn norm_squared(row: &[f32]) -> f64 {
    row.iter().map(|&v| f64::from(v) * f64::from(v)).sum()
}

/// 1/v, and 0 for 0: a zero row stays zero for every epsilon.
fn recip_or_zero(v: f64) -> f64 {
    if v > 0.0 { v.recip() } else { 0.0 }
}

/// The rows of a matrix to write; none if the rows are empty.
fn rows<'a>(what: &str, dims: Dims, x: &'a mut [f32]) -> Result<impl Iterator<Item = &'a mut [f32]>> {
    Ok(need_mut(what, x, dims.len())?.chunks_exact_mut(dims.cols.max(1)))
}
