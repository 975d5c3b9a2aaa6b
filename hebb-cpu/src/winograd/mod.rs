//! Convolutions of 3×3 by Winograd's F(2×2, 3×3): 16 products for a tile of four outputs where the direct form has 36.
//!
//! Images and filters become 16 components each; components are multiplied one by one, as matrices of tiles, channels and
//! units, and their products become outputs. Gradients take the adjoint way, with as many products. Transforms add and
//! halve only: results are within 1e-6 of the direct form's, relative to the sum of the products' sizes.

mod backward;
mod deltas;
mod filters;
mod forward;
mod grid;
mod images;
mod lanes;
mod transform;

pub(crate) use backward::{Gradient, SendBack};
pub(crate) use deltas::Deltas;
pub(crate) use filters::Filters;
pub(crate) use forward::Respond;
pub(crate) use grid::Grid;
pub(crate) use images::Analyse;

use crate::memory::LINE;

/// Components of a tile: 4×4.
pub(crate) const COMPONENTS: usize = 16;

/// The components of `values`, which are `part` values apart.
pub(crate) fn split(values: &[f32], part: usize) -> [&[f32]; COMPONENTS] {
    std::array::from_fn(|index| &values[index * part..][..part])
}

/// [`split`], to write to; nothing where there is nothing.
pub(crate) fn split_mut(values: &mut [f32], part: usize) -> [&mut [f32]; COMPONENTS] {
    let mut rest = values.chunks_exact_mut(part.max(1));
    [(); COMPONENTS].map(|()| rest.next().unwrap_or_default())
}

/// Values from one component to the next: not a multiple of a page, so that they do not displace each other in a cache.
pub(crate) fn part(len: usize) -> usize {
    len.next_multiple_of(LINE) + LINE
}
