//! Similarities from dot products.

use super::sums::sum_of;
use crate::math::{exp, pow};
use crate::memory::{BufferPool, cleared};
use crate::simd::{kernel, vectorized};
use crate::threads::{Threads, chunks};
use hebb_core::Result;
use hebb_core::backend::{Dims, LayerPlan};
use hebb_core::plan::Similarity;

/// Norms below this count as this.
const SMALLEST_NORM: f32 = 1e-12;

/// 1/|v| from |v|², finite for every v.
#[inline(always)]
fn inverse_norm(squared: f32) -> f32 {
    squared.sqrt().max(SMALLEST_NORM).recip()
}

/// The patch's part of a similarity, from |x|²: its inverse norm, its squared norm, or nothing.
#[inline(always)]
pub(crate) fn prepare_patch(similarity: Similarity, squared: f32) -> f32 {
    match similarity {
        Similarity::Dot | Similarity::Projection | Similarity::PNorm { .. } => 1.0,
        Similarity::Nearest => 0.0,
        Similarity::Cosine | Similarity::RaisedCosine { .. } => inverse_norm(squared),
        Similarity::Gaussian { .. } => squared,
    }
}

/// The unit's part of a similarity, from |w|².
#[inline(always)]
fn prepare_unit(similarity: Similarity, squared: f32) -> f32 {
    match similarity {
        Similarity::Dot | Similarity::PNorm { .. } => 1.0,
        Similarity::Nearest => 0.5 * squared,
        Similarity::Projection | Similarity::Cosine | Similarity::RaisedCosine { .. } => {
            inverse_norm(squared)
        }
        Similarity::Gaussian { .. } => squared,
    }
}

/// [`prepare_unit`] for every row of weights, if the plan's similarity reads it.
pub(crate) fn prepare_units(
    threads: &Threads,
    plan: &LayerPlan,
    weights: &[f32],
    norms: &mut Vec<f32>,
) -> Result<()> {
    /// Units of one task.
    const UNITS: usize = 16;
    cleared(norms, plan.units)?;
    if !plan.similarity.needs_unit_norms() {
        return Ok(());
    }
    let patch_len = plan.geometry.patch_len();
    let tasks = norms.len().div_ceil(UNITS);
    threads.split(tasks, chunks(norms, UNITS), |task, norms| {
        let rows = weights[task * UNITS * patch_len..].chunks_exact(patch_len);
        for (norm, row) in norms.iter_mut().zip(rows) {
            *norm = prepare_unit(plan.similarity, sum_of(row, |weight| weight * weight));
        }
    });
    Ok(())
}

/// Turns dot products of one thing with many others into similarities; patches and units are prepared, and which of
/// them is the one does not matter.
#[inline(always)]
pub(crate) fn transform(similarity: Similarity, one: f32, others: &[f32], dots: &mut [f32]) {
    let pairs = dots.iter_mut().zip(others);
    match similarity {
        Similarity::Dot | Similarity::PNorm { .. } => {}
        Similarity::Nearest => pairs.for_each(|(dot, other)| *dot -= one + other),
        Similarity::Projection | Similarity::Cosine => pairs.for_each(|(dot, other)| *dot *= one * other),
        Similarity::RaisedCosine { power: 2.0 } => pairs.for_each(|(dot, other)| {
            let half = half_cosine(*dot, one, *other);
            *dot = half * half;
        }),
        Similarity::RaisedCosine { power } => {
            for (dot, other) in pairs {
                *dot = pow(half_cosine(*dot, one, *other), power);
            }
        }
        Similarity::Gaussian { sigma } => {
            let scale = -0.5 / (sigma * sigma);
            for (dot, other) in pairs {
                *dot = exp(scale * (one + other - 2.0 * *dot).max(0.0));
            }
        }
    }
}

kernel!(pub(crate) Transform: transform(similarity: Similarity, one: f32, others: &[f32], dots: &mut [f32]));

/// (cos + 1)/2, not negative.
#[inline(always)]
fn half_cosine(dot: f32, one: f32, other: f32) -> f32 {
    (0.5 * (dot * (one * other) + 1.0)).max(0.0)
}

/// Turns dot products (P×N) into similarities.
pub(crate) fn similarity(
    threads: &Threads,
    buffers: &BufferPool,
    similarity: Similarity,
    dims: Dims,
    [patch_norms, unit_norms]: [&[f32]; 2],
    dots: &mut [f32],
) -> Result<()> {
    if !similarity.needs_unit_norms() {
        return Ok(());
    }
    buffers.with(dims.cols, |units| {
        units
            .iter_mut()
            .zip(unit_norms)
            .for_each(|(unit, squared)| *unit = prepare_unit(similarity, *squared));
        let units = &*units;
        threads.rows(dims.rows, dims.cols, dots, |first, part| {
            for (offset, row) in part.chunks_exact_mut(dims.cols).enumerate() {
                let squared = patch_norms.get(first + offset).copied().unwrap_or(0.0);
                let patch = prepare_patch(similarity, squared);
                vectorized(Transform, (similarity, patch, units, row));
            }
        });
    })
}

/// Raises every value to a power, the usual ones as products; the compiler would not take the choice out of the loop.
#[inline(always)]
pub(crate) fn raise(power: f32, values: &mut [f32]) {
    if power == 2.0 {
        values.iter_mut().for_each(|value| *value *= *value);
    } else if power != 1.0 {
        // A loop, since a closure of this size is not always inlined and then has no vector instructions.
        for value in values {
            *value = pow(*value, power);
        }
    }
}
