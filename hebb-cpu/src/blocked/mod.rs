//! A batch through a layer whose competition is graded: every unit learns from every patch, so that both products are
//! dense.
//!
//! Images are worked on in groups of tiles. Each tile is multiplied, competes and is put out while its responses are in
//! cache; only the factors of a group stay in memory, and at its end Aᵀ X is computed from them in blocks, so that it is
//! swept once a group and not once a tile. Sizes alone fix tiles and groups, and every sum has one owner that adds in
//! order, so that the result is the same bits for any number of threads.

mod gradient;
mod route;
mod rows;
mod sizes;
mod tile;

use crate::CpuBackend;
use crate::fused::{add_unit_sums, covers, is_sparse};
use crate::given::Given;
use crate::instructions::dispatch;
use crate::memory::{prefix_mut, take};
use crate::parallel::Pool as Threads;
use crate::patches::Patches;
use crate::primitives::similarity::prepare_units;
use crate::product::{Columns, pack_panels};
use crate::winograd::{self, COMPONENTS, Deltas, Filters, Grid, split, split_mut};
use gradient::Gradient;
use hebb_core::Result;
use hebb_core::backend::{LayerPlan, Sums, Workspace};
use hebb_core::geometry::ImageShape;
use sizes::{Room, Sizes};
use std::ops::Range;
use tile::{TileWork, Weights};

/// A pass that this path covers.
#[derive(Debug)]
pub(crate) struct Blocked<'a> {
    plan: &'a LayerPlan,
    sizes: Sizes,
    images: usize,
    input: &'a [f32],
    weights: &'a [f32],
    thresholds: Option<&'a [f32]>,
    states: &'a [f32],
    teacher: &'a [f32],
    output: ImageShape,
}

impl<'a> Blocked<'a> {
    /// The pass over a batch, if this path covers its plan.
    pub(crate) fn of(given: Given<'a>, grid: Option<Grid>) -> Option<Self> {
        let Given {
            plan, images, learns, ..
        } = given;
        let planes = || !learns && route::suits_planes(plan) && covers(plan, given.mask, learns);
        let covered =
            route::covers(plan, learns) && !given.clamped && !given.mask.is_some_and(is_sparse) && !planes();
        covered.then(|| Self {
            plan,
            sizes: Sizes::new(plan, images, learns, grid),
            images,
            input: given.input,
            weights: given.weights,
            thresholds: given.thresholds,
            states: given.states,
            teacher: given.teacher,
            output: given.output,
        })
    }

    /// Runs it.
    pub(crate) fn run(
        &self,
        threads: &Threads,
        mut sums: Option<&mut Sums<CpuBackend>>,
        output: Option<&mut Vec<f32>>,
        backend: &CpuBackend,
        workspace: &mut Workspace<CpuBackend>,
    ) -> Result<()> {
        let mut scratch = take(&mut workspace.scratch.fused, self.sizes.len())?;
        let mut room = Room::of(&self.sizes, &mut scratch);
        let weights = self.prepare(threads, &mut room);
        let output_len = output.as_ref().map_or(0, |_| self.output.len());
        let output = match output {
            Some(output) => prefix_mut("the output of a pass", output, self.images * output_len)?,
            None => &mut [],
        };
        for start in (0..self.images).step_by(self.sizes.group()) {
            let group = start..(start + self.sizes.group()).min(self.images);
            let output = &mut output[start * output_len..group.end * output_len];
            self.tiles(threads, &group, output, weights, &mut room);
            if let Some(sums) = sums.as_deref_mut() {
                self.add_group(backend, &group, &mut room, sums)?;
            }
        }
        workspace.scratch.fused = scratch;
        Ok(())
    }

    /// What all tiles read: the sources of the border, what the similarity needs of units, and the weights as panels,
    /// which are returned.
    fn prepare<'r>(&self, threads: &Threads, room: &mut Room<'r>) -> Weights<'r> {
        /// Units of one task.
        const UNITS: usize = 16;
        let patch_len = self.plan.geometry.patch_len();
        self.sizes.layout.source_tables(room.tables);
        let tasks = self.plan.units.div_ceil(UNITS);
        threads.split(tasks, [&mut *room.unit_norms], [UNITS], |task, [norms]| {
            let weights = &self.weights[task * UNITS * patch_len..];
            prepare_units(self.plan, weights, norms);
        });
        let panels = std::mem::take(&mut room.panels);
        if let Some(grid) = self.sizes.grid {
            let filters = Filters::by_units(threads, self.weights, grid.channels, panels);
            return Weights::Filters(grid, filters);
        }
        let right = Columns {
            values: self.weights,
            depth: patch_len,
        };
        Weights::Panels(pack_panels(threads, right, [patch_len, self.plan.units], panels))
    }

    /// The images of one tile of a group.
    fn images_of(&self, group: &Range<usize>, tile: usize) -> Range<usize> {
        let start = group.start + tile * self.sizes.tile_images;
        start..(start + self.sizes.tile_images).min(group.end)
    }

    /// Responses, outputs and factors of a group.
    fn tiles(
        &self,
        threads: &Threads,
        group: &Range<usize>,
        output: &mut [f32],
        weights: Weights<'_>,
        room: &mut Room<'_>,
    ) {
        let sizes = &self.sizes;
        let count = group.len().div_ceil(sizes.tile_images);
        let output_len = output.len() / group.len();
        let (tables, unit_norms) = (&*room.tables, &*room.unit_norms);
        let mut parts = [sizes.component(); 5 + COMPONENTS];
        parts[..5].copy_from_slice(&[
            sizes.padded_tile(),
            sizes.factors,
            sizes.own,
            sizes.partial,
            sizes.tile_images * output_len,
        ]);
        let mut slices = [
            &mut room.padded[..count * parts[0]],
            &mut room.factors[..count * parts[1]],
            &mut room.own[..count * parts[2]],
            &mut room.partials[..count * parts[3]],
            output,
        ]
        .into_iter()
        .chain(split_mut(room.components, sizes.component_step()));
        let slices = [(); 5 + COMPONENTS].map(|()| slices.next().unwrap_or_default());
        threads.split(
            count,
            slices,
            parts,
            |tile, [padded, factors, own, partial, output, components @ ..]| {
                dispatch(TileWork {
                    pass: self,
                    images: self.images_of(group, tile),
                    weights,
                    tables,
                    unit_norms,
                    padded,
                    factors,
                    own,
                    partial,
                    output,
                    components,
                });
            },
        );
    }

    /// Adds what a group brings to the sums of the batch.
    fn add_group(
        &self,
        backend: &CpuBackend,
        group: &Range<usize>,
        room: &mut Room<'_>,
        sums: &mut Sums<CpuBackend>,
    ) -> Result<()> {
        let (sizes, units) = (&self.sizes, self.plan.units);
        let goes_on = group.start > 0;
        let count = group.len().div_ceil(sizes.tile_images);
        add_unit_sums(
            self.plan,
            &room.partials[..count * sizes.partial],
            [sizes.partial, 0],
            goes_on,
            sums,
        )?;
        sums.patches = self.plan.patches(self.images);

        let (conv, patch_len) = (&self.plan.geometry, self.plan.geometry.patch_len());
        let hebb = prefix_mut("the Hebb sums of a pass", &mut sums.hebb, self.plan.weights())?;
        if let Some(grid) = &sizes.grid {
            return self.add_components(backend, grid, group, room, hebb);
        }
        let (padded, factors) = (&*room.padded, &*room.factors);
        let tiles = (0..count).map(|tile| {
            let images = self.images_of(group, tile);
            let rows = images.len() * conv.positions();
            let values = self.padded_images(padded, tile, &images);
            let patches = Patches::new(conv, &sizes.layout, values);
            (patches, rows, &factors[tile * sizes.factors..][..sizes.factors])
        });
        let rows = gradient::rows_of_task(units);
        backend.threads.split(
            units.div_ceil(rows),
            [hebb],
            [rows * patch_len],
            |task, [rows_of]| {
                Gradient {
                    tiles: tiles.clone(),
                    stride: sizes.rows(),
                    first: task * rows / gradient::UNITS,
                    patch_len,
                    goes_on,
                    rows: rows_of,
                }
                .run();
            },
        );
        Ok(())
    }

    /// Aᵀ X of a group by components, added to the Hebb sums.
    fn add_components(
        &self,
        backend: &CpuBackend,
        grid: &Grid,
        group: &Range<usize>,
        room: &mut Room<'_>,
        hebb: &mut [f32],
    ) -> Result<()> {
        let sizes = &self.sizes;
        let (factors, components) = (&*room.factors, split(room.components, sizes.component_step()));
        let deltas = Deltas {
            grid,
            values: factors,
            units: self.plan.units,
            group: [sizes.tile_images, sizes.factors],
            position: gradient::UNITS,
            block: sizes.rows() * gradient::UNITS,
        };
        let sums = winograd::Gradient {
            deltas,
            components,
            images: group.len(),
            goes_on: group.start > 0,
        };
        sums.run(&backend.threads, &backend.spare, hebb)
    }

    /// A tile's images as the products read them: padded, or as they came if they need no border.
    fn padded_images<'p>(&'p self, padded: &'p [f32], tile: usize, images: &Range<usize>) -> &'p [f32] {
        let len = self.sizes.layout.image_len();
        if self.sizes.padded_tile() == 0 {
            &self.input[images.start * len..images.end * len]
        } else {
            &padded[tile * self.sizes.padded_tile()..][..images.len() * len]
        }
    }
}
