//! An image and the responses to it, tile by tile.

use super::PlanesPass;
use super::operands::{PlanesOperands, PlanesWeights};
use super::product::DenseProduct;
use super::pruned::PrunedProduct;
use super::tile::Tile;
use super::transformed::{TransformedProduct, add_squares};
use super::winners::TileWinners;
use crate::memory::KeptBuffer;
use crate::primitives::similarity::{prepare_patch, transform};
use crate::simd::{kernel, vectorized};

/// Memory of one tile, as large as the largest tile of an image needs.
#[derive(Debug, Default)]
pub(super) struct TileScratch {
    /// U: one row of positions for each unit.
    pub(super) u: KeptBuffer,
    /// Memory of the product.
    pub(super) products: KeptBuffer,
    /// One value for each position.
    pub(super) norms: KeptBuffer,
    pub(super) winners: TileWinners,
}

/// An image as the products and the learning read it.
#[derive(Debug)]
pub(super) struct Image<'a> {
    pub(super) pass: &'a PlanesPass<'a>,
    pub(super) prepared: PlanesOperands<'a>,
    pub(super) planes: &'a [f32],
    /// The image (H, W, C) with its padding.
    pub(super) padded: &'a [f32],
    /// t of the image; empty without a teacher.
    pub(super) teacher: &'a [f32],
    /// The thresholds where the teacher selects the units that compete; otherwise empty.
    pub(super) thresholds: &'a [f32],
}

impl Image<'_> {
    /// The similarities of a tile.
    pub(super) fn respond(&self, tile: &Tile, scratch: &mut TileScratch) {
        let (plan, span) = (self.pass.input.plan, tile.span);
        let u = &mut scratch.u[..span * plan.units];
        let planes = self.planes.get(tile.first()..).unwrap_or_default();
        match self.prepared.weights {
            PlanesWeights::Dense(weights) => {
                vectorized(DenseProduct, (weights, planes, span, &mut *scratch.products, u));
            }
            PlanesWeights::Pruned(pruned) => vectorized(PrunedProduct, (pruned, planes, span, u)),
            PlanesWeights::Transformed(tiling, filters) => TransformedProduct {
                tiling: &tiling,
                filters,
                padded: self.padded,
                memory: &mut scratch.products,
                units: plan.units,
                u,
            }
            .run(),
        }
        vectorized(Similarities, (self, tile, scratch));
    }
}

/// Turns a tile's dot products into similarities.
#[inline(always)]
fn similarities(image: &Image<'_>, tile: &Tile, scratch: &mut TileScratch) {
    let similarity = image.pass.input.plan.similarity;
    if !similarity.needs_unit_norms() {
        return;
    }
    let norms = &mut scratch.norms[..tile.span];
    norms.fill(0.0);
    if similarity.needs_patch_norms() {
        image.add_squares(tile, &mut scratch.products, norms);
    }
    for norm in &mut *norms {
        *norm = prepare_patch(similarity, *norm);
    }
    let rows = scratch.u.chunks_exact_mut(tile.span);
    for (row, unit) in rows.zip(image.prepared.unit_norms) {
        transform(similarity, *unit, norms, row);
    }
}

kernel!(Similarities: similarities(image: &Image<'_>, tile: &Tile, scratch: &mut TileScratch));

impl Image<'_> {
    /// Adds |x|² of the patches of a tile to `norms`.
    #[inline(always)]
    fn add_squares(&self, tile: &Tile, memory: &mut [f32], norms: &mut [f32]) {
        let planes = self.planes.get(tile.first()..).unwrap_or_default();
        match self.prepared.weights {
            PlanesWeights::Transformed(tiling, _) => add_squares(&tiling, self.padded, memory, norms),
            PlanesWeights::Dense(weights) => {
                for offset in weights.offsets {
                    add_squares_at(&planes[*offset as usize..], norms);
                }
            }
            PlanesWeights::Pruned(_) => {
                for k in 0..self.pass.input.plan.geometry.patch_len() {
                    add_squares_at(&planes[self.pass.planes.offset_of_column(k)..], norms);
                }
            }
        }
    }
}

/// Adds the squares of what lies under one tap of a tile's positions.
#[inline(always)]
fn add_squares_at(values: &[f32], norms: &mut [f32]) {
    for (norm, value) in norms.iter_mut().zip(values) {
        *norm += value * value;
    }
}
