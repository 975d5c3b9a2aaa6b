//! Components of images times those of filters, to outputs.

use super::filters::Filters;
use super::images::Analyse;
use super::lanes::{load, store};
use super::transform::{both, output};
use super::{COMPONENTS, Grid, part, split};
use crate::instructions::dispatch;
use crate::product::{AddRows, ByRows, COLUMNS, add_rows};
use pulp::{Simd, WithSimd};

/// Columns whose products are held before they become outputs: few enough for a second-level cache.
const NEAR: usize = 4 * COLUMNS;

/// The outputs of some images.
#[derive(Debug)]
pub(crate) struct Respond<'a, 'c> {
    pub(crate) grid: &'a Grid,
    /// Images (H, W, C) with their padding.
    pub(crate) images: &'a [f32],
    pub(crate) filters: Filters<'a>,
    /// Room for a row of C values a tile: the images' components.
    pub(crate) components: &'a mut [&'c mut [f32]; COMPONENTS],
    /// Room of [`Respond::products_len`].
    pub(crate) products: &'a mut [f32],
    pub(crate) bias: Option<&'a [f32]>,
    /// A row for each output, nothing between them.
    pub(crate) columns: usize,
    pub(crate) output: &'a mut [f32],
}

impl Respond<'_, '_> {
    /// Values that the products of `tiles` need.
    pub(crate) fn products_len(tiles: usize) -> usize {
        COMPONENTS * part(tiles * NEAR)
    }

    /// Computes them.
    pub(crate) fn run(self) {
        let Self {
            grid,
            images,
            components,
            ..
        } = self;
        dispatch(Analyse {
            grid,
            images,
            components,
        });
        let tiles = images.len() / grid.image_len() * grid.tiles();
        let part = part(tiles * NEAR);
        for from in (0..self.columns).step_by(NEAR) {
            let columns = NEAR.min(self.columns - from);
            for (index, products) in self.products.chunks_exact_mut(part).take(COMPONENTS).enumerate() {
                add_rows(AddRows {
                    left: ByRows {
                        values: components[index],
                        depth: grid.channels,
                    },
                    rows: 0..tiles,
                    panels: &self.filters.component(index)[from * grid.channels..],
                    depth: grid.channels,
                    columns,
                    factor: 1.0,
                    fresh: true,
                    c: &mut products[..tiles * columns],
                });
            }
            dispatch(Gather {
                grid,
                products: split(self.products, part),
                bias: self.bias.map(|bias| &bias[from..][..columns]),
                columns: [from, columns, self.columns],
                output: self.output,
            });
        }
    }
}

/// Products to outputs: Aᵀ m A.
struct Gather<'a> {
    grid: &'a Grid,
    products: [&'a [f32]; COMPONENTS],
    bias: Option<&'a [f32]>,
    /// The first, how many, and those of a row of outputs.
    columns: [usize; 3],
    output: &'a mut [f32],
}

impl WithSimd for Gather<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { grid, products, .. } = self;
        let [from, columns, stride] = self.columns;
        let images = self.output.chunks_exact_mut(grid.positions() * stride);
        for (index, outputs) in images.enumerate() {
            for tile in 0..grid.tiles() {
                let start = (index * grid.tiles() + tile) * columns;
                let positions = grid.of_tile(tile);
                for column in (0..columns).step_by(S::F32_LANES) {
                    let mut values = [[simd.splat_f32s(0.0); 4]; 4];
                    for (value, products) in values.as_flattened_mut().iter_mut().zip(products) {
                        *value = load(simd, &products[start..][..columns], column);
                    }
                    let found = both(simd, values, output::<S>);
                    for (position, value) in positions.as_flattened().iter().zip(found.as_flattened()) {
                        if let Some(position) = position {
                            let value = match self.bias {
                                Some(bias) => simd.add_f32s(*value, load(simd, bias, column)),
                                None => *value,
                            };
                            let row = &mut outputs[position * stride + from..][..columns];
                            store(simd, row, column, value);
                        }
                    }
                }
            }
        }
    }
}
