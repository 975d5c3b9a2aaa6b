//! The inverse square root (C + ε I)^(−1/2) of a symmetric matrix.

use faer::diag::Diag;
use faer::linalg::evd::{self, ComputeEigenvectors, SelfAdjointEvdParams};
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::prelude::default;
use faer::{Accum, Mat, MatRef, Par};
use ndarray::Array2;

use crate::error::ensure;
use crate::{Error, Result};

/// Largest permitted ratio of eigenvalues of C + ε I.
const MAX_CONDITION: f64 = 1e12;

/// (C + ε I)^(−1/2) in f64 on one thread. Negative eigenvalues, a result of rounding, count as 0.
pub(super) fn inverse_root(covariance: &Array2<f64>, epsilon: f64) -> Result<Array2<f64>> {
    if covariance.is_empty() {
        return Ok(Array2::zeros((0, 0)));
    }
    let (values, mut vectors) = eigen(covariance)?;
    let shifted = |value: f64| value.max(0.0) + epsilon;
    let largest = values.last().copied().map_or(0.0, shifted);
    for (column, &value) in values.iter().enumerate() {
        ensure(shifted(value) > largest / MAX_CONDITION, || {
            let problem =
                format!("an eigenvalue of the covariance is {value:.1e}, the largest {largest:.1e}");
            let remedy = "set epsilon to 1e-5 or more, or fit on more images";
            Error::numeric("whitening", format!("{problem}; {remedy}"))
        })?;
        let scale = shifted(value).powf(-0.25);
        vectors.col_mut(column).iter_mut().for_each(|x| *x *= scale);
    }
    Ok(times_transpose(&vectors))
}

/// Eigenvalues in ascending order, and the eigenvectors as columns.
fn eigen(matrix: &Array2<f64>) -> Result<(Vec<f64>, Mat<f64>)> {
    let n = matrix.nrows();
    let failed = |problem: String| {
        let remedy = "look for NaN or huge values in the training images, or raise epsilon";
        Error::numeric("eigenvectors of the covariance", format!("{problem}; {remedy}"))
    };
    let standard = matrix.as_standard_layout();
    let slice = standard
        .as_slice()
        .ok_or_else(|| failed("the matrix is not contiguous".into()))?;
    let (mut values, mut vectors) = (Diag::<f64>::zeros(n), Mat::<f64>::zeros(n, n));
    let params = faer::Spec::<SelfAdjointEvdParams, f64>::default();
    let scratch = evd::self_adjoint_evd_scratch::<f64>(n, ComputeEigenvectors::Yes, Par::Seq, params);
    let mut memory = faer::dyn_stack::MemBuffer::new(scratch);
    let stack = faer::dyn_stack::MemStack::new(&mut memory);
    // A row-major view of a symmetric matrix is the matrix.
    let view = MatRef::from_column_major_slice(slice, n, n);
    evd::self_adjoint_evd(
        view,
        values.as_mut(),
        Some(vectors.as_mut()),
        Par::Seq,
        stack,
        default(),
    )
    .map_err(|cause| failed(format!("{cause:?}")))?;
    Ok((values.column_vector().iter().copied().collect(), vectors))
}

/// Y Yᵀ.
fn times_transpose(y: &Mat<f64>) -> Array2<f64> {
    let n = y.nrows();
    let mut lower = Mat::<f64>::zeros(n, n);
    triangular::matmul(
        lower.as_mut(),
        BlockStructure::TriangularLower,
        Accum::Replace,
        y.as_ref(),
        BlockStructure::Rectangular,
        y.transpose(),
        BlockStructure::Rectangular,
        1.0,
        Par::Seq,
    );
    Array2::from_shape_fn((n, n), |(i, j)| lower[(i.max(j), i.min(j))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn covariance(n: usize, seed: u64) -> Array2<f64> {
        let a = Array2::from_shape_fn((n, n + 3), |(i, j)| ((i * 7 + j * 13) as f64 + seed as f64).sin());
        a.dot(&a.t())
    }

    proptest! {
        #[test]
        fn the_root_whitens_its_matrix(n in 1usize..40, seed in 0u64..100, epsilon in 0.01f64..1.0) {
            let c = covariance(n, seed);
            let w = inverse_root(&c, epsilon).unwrap();
            let white = w.dot(&(c + Array2::<f64>::eye(n) * epsilon)).dot(&w);
            let error = (white - Array2::<f64>::eye(n)).iter().fold(0.0f64, |most, x| most.max(x.abs()));
            prop_assert!(error < 1e-8, "{error}");
            prop_assert_eq!(&w, &w.t());
        }
    }

    #[test]
    fn a_singular_matrix_needs_epsilon() {
        let error = inverse_root(&Array2::zeros((3, 3)), 0.0).unwrap_err().to_string();
        assert!(error.contains("set epsilon"), "{error}");
        let root = inverse_root(&Array2::zeros((3, 3)), 0.25).unwrap();
        assert!((root[(0, 0)] - 2.0).abs() < 1e-12);
    }
}
