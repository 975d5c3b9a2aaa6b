//! Similarities from dot products.

use super::vectorized;
use crate::parallel::Pool;
use hebb_core::backend::Dims;
use hebb_core::plan::Similarity;

/// Norms below this count as this.
const SMALLEST_NORM: f32 = 1e-12;

/// 1/|v| from |v|², finite for every v.
#[inline(always)]
pub(crate) fn inverse_norm(squared: f32) -> f32 {
    squared.sqrt().max(SMALLEST_NORM).recip()
}

/// Turns dot products (P×N) into similarities.
pub(crate) fn similarity(
    pool: &Pool,
    similarity: Similarity,
    dims: Dims,
    patch_norms: &[f32],
    unit_norms: &[f32],
    dots: &mut [f32],
) {
    if similarity == Similarity::Dot {
        return;
    }
    pool.rows(dims.rows, dims.cols, dots, |first, part| {
        vectorized(|| {
            for (offset, row) in part.chunks_exact_mut(dims.cols).enumerate() {
                let patch = patch_norms.get(first + offset).copied().unwrap_or(0.0);
                row.iter_mut()
                    .zip(unit_norms)
                    .for_each(|(dot, unit)| *dot = of(similarity, *dot, patch, *unit));
            }
        });
    });
}

/// [`Similarity::of`] in single precision.
#[inline(always)]
pub(crate) fn of(similarity: Similarity, dot: f32, patch: f32, unit: f32) -> f32 {
    match similarity {
        Similarity::Dot => dot,
        Similarity::Projection => dot * inverse_norm(unit),
        Similarity::Cosine => dot * (inverse_norm(unit) * inverse_norm(patch)),
        Similarity::RaisedCosine { power } => {
            let cosine = dot * (inverse_norm(unit) * inverse_norm(patch));
            raise((0.5 * (cosine + 1.0)).max(0.0), power)
        }
        Similarity::Gaussian { sigma } => {
            let distance = (patch + unit - 2.0 * dot).max(0.0);
            (-distance / (2.0 * sigma * sigma)).exp()
        }
    }
}

/// value^power, with the usual powers as products.
#[inline(always)]
pub(crate) fn raise(value: f32, power: f32) -> f32 {
    if power == 1.0 {
        value
    } else if power == 2.0 {
        value * value
    } else {
        value.powf(power)
    }
}
