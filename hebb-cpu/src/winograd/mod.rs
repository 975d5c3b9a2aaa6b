//! 3×3 convolutions by Winograd's F(2×2, 3×3): 16 products for a tile of four outputs where the direct form has 36.
//!
//! Input tiles and filters are transformed to 4×4 points each; the points are multiplied one by one, as matrices of tiles,
//! channels and units, and the products are transformed to outputs. Gradients take the adjoint way, with as many products.
//! Transforms add and halve only: results are within 1e-6 of the direct form's, relative to the sum of the products' sizes.

mod filters;
mod forward;
mod grad_filter;
mod grad_input;
mod grad_output;
mod input;
mod tiling;
mod transform;
mod vectors;

pub(crate) use filters::Filters;
pub(crate) use forward::Forward;
pub(crate) use grad_filter::GradFilter;
pub(crate) use grad_input::GradInput;
pub(crate) use grad_output::GradOutput;
pub(crate) use input::InputTransform;
pub(crate) use tiling::{POINTS, Tiling};

use crate::memory::LINE;

/// The points of `values`, which lie `spacing` values apart.
pub(crate) fn split(values: &[f32], spacing: usize) -> [&[f32]; POINTS] {
    std::array::from_fn(|point| &values[point * spacing..][..spacing])
}

/// [`split`], to write to; empty where there is nothing.
pub(crate) fn split_mut(values: &mut [f32], spacing: usize) -> [&mut [f32]; POINTS] {
    let mut rest = values.chunks_exact_mut(spacing.max(1));
    [(); POINTS].map(|()| rest.next().unwrap_or_default())
}

/// Values from one point to the next: not a multiple of a page, so that they do not displace each other in a cache.
pub(crate) fn spacing(len: usize) -> usize {
    len.next_multiple_of(LINE) + LINE
}
