//! The gradients of weights and of images, by components.

use super::deltas::{ByTiles, ByUnits, Deltas};
use super::filters::{AddFilters, Filters};
use super::images::AddTiles;
use super::{COMPONENTS, Grid, part, split, split_mut};
use crate::instructions::dispatch;
use crate::memory::Spare;
use crate::parallel::Pool;
use crate::product::{AddRows, Lines, ROWS, add_rows, pack_panels, panels_len};
use hebb_core::Result;
use std::ops::Range;

/// Σ y xᵀ over the images of a group (N×3×3×C).
#[derive(Debug)]
pub(crate) struct Gradient<'a> {
    pub(crate) deltas: Deltas<'a>,
    /// The components of the images: a row of C values for each tile.
    pub(crate) components: [&'a [f32]; COMPONENTS],
    pub(crate) images: usize,
    /// Whether the sums hold those of a former group.
    pub(crate) goes_on: bool,
}

impl Gradient<'_> {
    /// Adds it up.
    pub(crate) fn run(&self, threads: &Pool, spare: &Spare, sums: &mut [f32]) -> Result<()> {
        let grid = self.deltas.grid;
        let (tiles, channels) = (self.images * grid.tiles(), grid.channels);
        let len = panels_len(tiles, channels);
        let units = units_at_once(self.deltas.units, channels);
        let part = part(units * channels);
        spare.with(COMPONENTS * (len + part), |room| {
            let (panels, products) = room.split_at_mut(COMPONENTS * len);
            let mut panels = self
                .components
                .into_iter()
                .zip(split_mut(panels, len))
                .map(|(values, room)| {
                    let right = Lines {
                        values,
                        columns: channels,
                    };
                    pack_panels(threads, right, [tiles, channels], room)
                });
            let panels = [(); COMPONENTS].map(|()| panels.next().unwrap_or_default());
            for (index, sums) in sums.chunks_mut(units * grid.filter_len()).enumerate() {
                let units = index * units..index * units + sums.len() / grid.filter_len();
                self.multiply(threads, panels, units, products, part);
                self.add(threads, split(products, part), sums);
            }
        })
    }

    /// The components of some units' rows.
    fn multiply(
        &self,
        threads: &Pool,
        panels: [&[f32]; COMPONENTS],
        units: Range<usize>,
        products: &mut [f32],
        part: usize,
    ) {
        let grid = self.deltas.grid;
        threads.split(COMPONENTS, [products], [part], |index, [products]| {
            add_rows(AddRows {
                left: ByUnits(self.deltas, index),
                rows: units.clone(),
                panels: panels[index],
                depth: self.images * grid.tiles(),
                columns: grid.channels,
                factor: 1.0,
                fresh: true,
                c: &mut products[..units.len() * grid.channels],
            });
        });
    }

    /// Takes components of rows to the rows' sums.
    fn add(&self, threads: &Pool, components: [&[f32]; COMPONENTS], sums: &mut [f32]) {
        /// Units of a task.
        const UNITS: usize = 16;
        let channels = self.deltas.grid.channels;
        let row = self.deltas.grid.filter_len();
        let tasks = sums.len().div_ceil(UNITS * row);
        threads.split(tasks, [sums], [UNITS * row], |task, [sums]| {
            dispatch(AddFilters {
                channels,
                components: components.map(|values| &values[task * UNITS * channels..]),
                goes_on: self.goes_on,
                sums,
            });
        });
    }
}

/// Units whose components are summed before they become those of weights: few enough for a cache that threads share.
fn units_at_once(units: usize, channels: usize) -> usize {
    const VALUES: usize = 1 << 20;
    let most = (VALUES / (COMPONENTS * channels) / ROWS).max(1);
    let blocks = units.div_ceil(ROWS);
    blocks.div_ceil(blocks.div_ceil(most)) * ROWS
}

/// What outputs send back to some images.
#[derive(Debug)]
pub(crate) struct SendBack<'a> {
    pub(crate) grid: &'a Grid,
    /// Of these images alone.
    pub(crate) deltas: Deltas<'a>,
    /// N steps, a column for each channel.
    pub(crate) filters: Filters<'a>,
    /// Room of [`SendBack::room_len`].
    pub(crate) room: &'a mut [f32],
    /// Images (H, W, C) without padding.
    pub(crate) images: &'a mut [f32],
}

impl SendBack<'_> {
    /// Values that `images` need.
    pub(crate) fn room_len(grid: &Grid, images: usize) -> usize {
        COMPONENTS * part(images * grid.tiles() * grid.channels)
    }

    /// Computes it.
    pub(crate) fn run(self) {
        let (grid, channels) = (self.grid, self.grid.channels);
        let tiles = self.images.len() / grid.own_len() * grid.tiles();
        let part = part(tiles * channels);
        for (index, components) in self.room.chunks_exact_mut(part).take(COMPONENTS).enumerate() {
            add_rows(AddRows {
                left: ByTiles(self.deltas, index),
                rows: 0..tiles,
                panels: self.filters.component(index),
                depth: self.deltas.units,
                columns: channels,
                factor: 1.0,
                fresh: true,
                c: &mut components[..tiles * channels],
            });
        }
        self.images.fill(0.0);
        dispatch(AddTiles {
            grid,
            components: split(self.room, part),
            images: self.images,
        });
    }
}
