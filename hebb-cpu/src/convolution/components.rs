//! Convolutions and their gradients by Winograd's components.

use crate::CpuBackend;
use crate::instructions::dispatch;
use crate::parallel::even;
use crate::product::ROWS;
use crate::winograd::{
    Analyse, COMPONENTS, Deltas, Filters, Gradient, Grid, Respond, SendBack, part, split, split_mut,
};
use hebb_core::Result;
use hebb_core::backend::{Slot, Workspace};

/// Images of one task: enough tiles that reading the filters costs little.
fn images_of_task(grid: &Grid, images: usize) -> usize {
    const TILES: usize = 8 * ROWS;
    let most = (TILES / grid.tiles()).max(1);
    images.div_ceil(even(images.div_ceil(most)))
}

/// Y (P×N) = X Wᵀ + b, from images with their padding.
pub(super) fn forward(
    backend: &CpuBackend,
    grid: &Grid,
    images: &[f32],
    weights: &[f32],
    bias: Option<&[f32]>,
    output: &mut [f32],
    workspace: &mut Workspace<CpuBackend>,
) -> Result<()> {
    let (channels, image_len) = (grid.channels, grid.image_len());
    let units = weights.len() / grid.filter_len();
    let len = Filters::len(channels, units);
    let mut panels = workspace.take(backend, Slot::Weights, len)?;
    let filters = Filters::by_units(&backend.threads, weights, channels, &mut panels);
    let count = images.len() / image_len;
    let at_once = images_of_task(grid, count);
    let (tiles, row) = (at_once * grid.tiles(), grid.positions() * units);
    let (part, products) = (part(tiles * channels), Respond::products_len(tiles));
    let tasks = count.div_ceil(at_once);
    backend
        .threads
        .try_split(tasks, [output], [at_once * row], |task, [output]| {
            let images = &images[task * at_once * image_len..][..output.len() / row * image_len];
            backend.spare.with(COMPONENTS * part + products, |room| {
                let (components, products) = room.split_at_mut(COMPONENTS * part);
                let components = &mut split_mut(components, part);
                let work = Respond {
                    grid,
                    images,
                    filters,
                    components,
                    products,
                    bias,
                    columns: units,
                    output,
                };
                work.run();
            })
        })?;
    workspace.put(Slot::Weights, panels);
    Ok(())
}

/// ∂L/∂W (N×K), from images with their padding, some at a time.
pub(super) fn gradient(
    backend: &CpuBackend,
    grid: &Grid,
    images: &[f32],
    upstream: &[f32],
    weights: &mut [f32],
) -> Result<()> {
    /// Values of components at most, one image aside.
    const VALUES: usize = 1 << 22;
    let units = weights.len() / grid.filter_len();
    let (len, image_len) = (grid.tiles() * grid.channels, grid.image_len());
    let count = images.len() / image_len;
    let at_once = (VALUES / (COMPONENTS * len)).clamp(1, count);
    let part = part(at_once * len);
    backend.spare.with(COMPONENTS * part, |room| {
        for first in (0..count).step_by(at_once) {
            let some = &images[first * image_len..count.min(first + at_once) * image_len];
            analyse(backend, grid, some, split_mut(room, part));
            let sum = Gradient {
                deltas: deltas(grid, &upstream[first * grid.positions() * units..], units),
                components: split(room, part),
                images: some.len() / image_len,
                goes_on: first > 0,
            };
            sum.run(&backend.threads, &backend.spare, weights)?;
        }
        Ok(())
    })?
}

/// The components of images, image after image.
fn analyse(backend: &CpuBackend, grid: &Grid, images: &[f32], components: [&mut [f32]; COMPONENTS]) {
    let count = images.len() / grid.image_len();
    let parts = [grid.tiles() * grid.channels; COMPONENTS];
    backend
        .threads
        .split(count, components, parts, |image, mut components| {
            dispatch(Analyse {
                grid,
                images: &images[image * grid.image_len()..][..grid.image_len()],
                components: &mut components,
            });
        });
}

/// ∂L/∂X of images whose padding is of zeros.
pub(super) fn send_back(
    backend: &CpuBackend,
    grid: &Grid,
    weights: &[f32],
    upstream: &[f32],
    images: &mut [f32],
    workspace: &mut Workspace<CpuBackend>,
) -> Result<()> {
    let units = weights.len() / grid.filter_len();
    let len = Filters::len(units, grid.channels);
    let mut panels = workspace.take(backend, Slot::Weights, len)?;
    let filters = Filters::by_channels(&backend.threads, weights, grid.channels, &mut panels);
    let count = images.len() / grid.own_len();
    let at_once = images_of_task(grid, count);
    let (len, row) = (at_once * grid.own_len(), grid.positions() * units);
    backend
        .threads
        .try_split(count.div_ceil(at_once), [images], [len], |task, [images]| {
            backend.spare.with(SendBack::room_len(grid, at_once), |room| {
                let deltas = deltas(grid, &upstream[task * at_once * row..], units);
                SendBack {
                    grid,
                    deltas,
                    filters,
                    room,
                    images,
                }
                .run();
            })
        })?;
    workspace.put(Slot::Weights, panels);
    Ok(())
}

/// The gradients of outputs, image after image.
fn deltas<'a>(grid: &'a Grid, upstream: &'a [f32], units: usize) -> Deltas<'a> {
    Deltas {
        grid,
        values: upstream,
        units,
        group: [1, grid.positions() * units],
        position: units,
        block: ROWS,
    }
}
