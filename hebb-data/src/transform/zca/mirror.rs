//! Whitening that commutes with mirroring.
//!
//! The covariance of images and their mirror images commutes with the mirror, so in a basis of even and odd images it
//! falls into two blocks. The root of each block is taken separately: the result commutes exactly, at a quarter of the
//! work.

use ndarray::{Array1, Array2};

use super::inverse_root::inverse_root;
use crate::{ImageShape, Result};

/// A unit vector with one or two entries (index, value).
type Sparse = Vec<(usize, f64)>;

/// The index of the value that mirroring moves to `index`.
fn mirrored(index: usize, shape: ImageShape) -> usize {
    let column = index % shape.width;
    index - column + shape.width - 1 - column
}

/// The mean of images and their mirror images, given that of the images.
pub(super) fn mean(mean: &Array1<f64>, shape: ImageShape) -> Array1<f64> {
    Array1::from_shape_fn(mean.len(), |index| {
        0.5 * (mean[index] + mean[mirrored(index, shape)])
    })
}

/// [`inverse_root`] of the covariance of images and their mirror images, given that of the images.
pub(super) fn mirrored_inverse_root(
    covariance: &Array2<f64>,
    shape: ImageShape,
    epsilon: f64,
) -> Result<Array2<f64>> {
    let (even, odd) = bases(shape);
    let root = |basis: &[Sparse]| inverse_root(&into_basis(covariance, basis), epsilon);
    let (even_root, odd_root) = rayon::join(|| root(&even), || root(&odd));
    let mut whole = Array2::zeros(covariance.dim());
    add_from_basis(&mut whole, &even_root?, &even);
    add_from_basis(&mut whole, &odd_root?, &odd);
    Ok(whole)
}

/// Orthonormal bases of the even and of the odd images.
fn bases(shape: ImageShape) -> (Vec<Sparse>, Vec<Sparse>) {
    let (mut even, mut odd) = (Vec::new(), Vec::new());
    let half = 0.5f64.sqrt();
    for index in 0..shape.len() {
        let partner = mirrored(index, shape);
        if index == partner {
            even.push(vec![(index, 1.0)]);
        } else if index < partner {
            even.push(vec![(index, half), (partner, half)]);
            odd.push(vec![(index, half), (partner, -half)]);
        }
    }
    (even, odd)
}

/// Bᵀ C B.
fn into_basis(matrix: &Array2<f64>, basis: &[Sparse]) -> Array2<f64> {
    Array2::from_shape_fn((basis.len(), basis.len()), |(a, b)| {
        let terms = basis[a]
            .iter()
            .flat_map(|&(i, x)| basis[b].iter().map(move |&(j, y)| (i, j, x * y)));
        terms.map(|(i, j, weight)| weight * matrix[(i, j)]).sum()
    })
}

/// Adds B M Bᵀ.
fn add_from_basis(whole: &mut Array2<f64>, matrix: &Array2<f64>, basis: &[Sparse]) {
    for ((a, b), &value) in matrix.indexed_iter() {
        for &(i, x) in &basis[a] {
            for &(j, y) in &basis[b] {
                whole[(i, j)] += x * y * value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_that_of_images_and_mirror_images() {
        for shape in [
            ImageShape::new(2, 3, 4),
            ImageShape::new(1, 2, 5),
            ImageShape::new(1, 3, 1),
        ] {
            let n = shape.len();
            let data = Array2::from_shape_fn((2 * n, n), |(i, j)| ((i * 5 + j * j) as f64).sin());
            let flipped = Array2::from_shape_fn(data.dim(), |(i, j)| data[(i, mirrored(j, shape))]);
            let both = (data.t().dot(&data) + flipped.t().dot(&flipped)) * 0.5;
            let expected = inverse_root(&both, 0.1).unwrap();
            let found = mirrored_inverse_root(&data.t().dot(&data), shape, 0.1).unwrap();
            assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-9));
            for ((i, j), &value) in found.indexed_iter() {
                assert_eq!(value, found[(mirrored(i, shape), mirrored(j, shape))]);
            }
        }
    }
}
