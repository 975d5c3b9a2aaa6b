//! Matrix products and sums with error bounds.

use crate::backend::Dims;
use crate::testing::Bounded;

/// Values without error.
pub(in crate::testing) fn exact(values: &[f32]) -> Vec<Bounded> {
    values.iter().map(|&v| Bounded::exact(f64::from(v))).collect()
}

pub(super) fn dot(a: &[Bounded], b: &[Bounded]) -> Bounded {
    Bounded::sum(a.iter().zip(b).map(|(a, b)| *a * *b))
}

/// Σ_j c_j W[j, col] over the first `units` rows.
pub(super) fn row_product(
    c: &[Bounded],
    weights: &[Bounded],
    units: usize,
    cols: usize,
    col: usize,
) -> Bounded {
    Bounded::sum((0..units).map(|j| c[j] * weights[j * cols + col]))
}

pub(super) fn column_sums(dims: Dims, x: &[Bounded]) -> Vec<Bounded> {
    let sum = |col: usize| Bounded::sum((0..dims.rows).map(|row| x[row * dims.cols + col]));
    (0..dims.cols).map(sum).collect()
}

/// AᵀX for A of these `dims` and X with `cols` columns.
pub(super) fn outer_sums(dims: Dims, a: &[Bounded], cols: usize, x: &[Bounded]) -> Vec<Bounded> {
    let sum = |index: usize| {
        let (unit, col) = (index / cols, index % cols);
        Bounded::sum((0..dims.rows).map(|row| a[row * dims.cols + unit] * x[row * cols + col]))
    };
    (0..dims.cols * cols).map(sum).collect()
}
