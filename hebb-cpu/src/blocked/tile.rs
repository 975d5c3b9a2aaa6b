//! The work of one tile: some images, from their borders to their pooled outputs.

use super::Blocked;
use super::rows::Rows;
use super::sizes::width;
use crate::patches::Patches;
use crate::primitives::apart;
use crate::primitives::pool::PooledRows;
use crate::product::{AddRows, add_rows};
use crate::winograd::{COMPONENTS, Filters, Grid, Respond};
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// One tile; empty parts stand for what nobody asked for.
#[derive(Debug)]
pub(super) struct TileWork<'a> {
    pub(super) pass: &'a Blocked<'a>,
    pub(super) images: Range<usize>,
    pub(super) weights: Weights<'a>,
    pub(super) tables: &'a [f32],
    pub(super) unit_norms: &'a [f32],
    pub(super) padded: &'a mut [f32],
    pub(super) factors: &'a mut [f32],
    pub(super) own: &'a mut [f32],
    pub(super) partial: &'a mut [f32],
    pub(super) output: &'a mut [f32],
    /// Room for the components of the images; nothing without them.
    pub(super) components: [&'a mut [f32]; COMPONENTS],
}

/// The weights as products read them.
#[derive(Clone, Copy, Debug)]
pub(super) enum Weights<'a> {
    Panels(&'a [f32]),
    Filters(Grid, Filters<'a>),
}

impl WithSimd for TileWork<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let (pass, plan) = (self.pass, self.pass.plan);
        let image_len = plan.geometry.input().len();
        let mut images = &pass.input[self.images.start * image_len..self.images.end * image_len];
        if !self.padded.is_empty() {
            let layout = &pass.sizes.layout;
            let padded = self.padded.chunks_exact_mut(layout.image_len());
            for (image, padded) in images.chunks_exact(image_len).zip(padded) {
                layout.pad(self.tables, image, padded);
            }
            images = self.padded;
        }
        let patches = Patches::new(&plan.geometry, &pass.sizes.layout, images);
        let (units, width) = (plan.units, width(plan.units));
        let (u, own) = self.own.split_at_mut(pass.sizes.rows() * width);
        let rows = self.images.len() * plan.geometry.positions();
        let (own, products) = own.split_at_mut(2 * units);
        match self.weights {
            Weights::Panels(panels) => add_rows(AddRows {
                left: patches,
                rows: 0..rows,
                panels,
                depth: plan.geometry.patch_len(),
                columns: width,
                factor: 1.0,
                fresh: true,
                c: &mut u[..rows * width],
            }),
            Weights::Filters(grid, filters) => Respond {
                grid: &grid,
                images,
                filters,
                components: &mut self.components,
                products,
                bias: None,
                columns: width,
                output: &mut u[..rows * width],
            }
            .run(),
        }
        let (y, values) = own.split_at_mut(units);
        apart(
            simd,
            Rows {
                pass,
                first_image: self.images.start,
                rows,
                patches,
                unit_norms: self.unit_norms,
                u: &mut *u,
                y,
                values,
                factors: self.factors,
                partial: self.partial,
            },
        );
        apart(
            simd,
            PooledRows {
                plan,
                pooled: pass.output,
                width,
                u,
                output: self.output,
            },
        );
    }
}
