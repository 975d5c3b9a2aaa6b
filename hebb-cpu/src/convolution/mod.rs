//! Convolutions trained by gradient descent: patches are packed straight from the images, never written as a matrix.

mod backward;
mod components;

pub(crate) use backward::backward;

use crate::CpuBackend;
use crate::fused::Layout;
use crate::memory::{prefix, prefix_mut, take};
use crate::patches::Patches;
use crate::product::{
    AddRows, ColumnCut, Columns, add_rows, by_columns, pack_panels, panels_len, rows_of_task,
};
use hebb_core::Result;
use hebb_core::backend::{Convolution, Slot, Workspace};

/// Rows of a product below which it is cut by columns.
const ROWS: usize = 256;

/// Y (P×N) = X Wᵀ + b.
pub(crate) fn forward(
    backend: &CpuBackend,
    convolution: &Convolution,
    input: &[f32],
    weights: &[f32],
    bias: Option<&[f32]>,
    output: &mut [f32],
    workspace: &mut Workspace<CpuBackend>,
) -> Result<()> {
    let (dims, depth) = (convolution.responses(), convolution.patches().cols);
    let output = prefix_mut("the output of a convolution", output, dims.len())?;
    let weights = prefix("the weights of a convolution", weights, dims.cols * depth)?;
    let bias = bias
        .map(|bias| prefix("the bias of a convolution", bias, dims.cols))
        .transpose()?;
    if dims.is_empty() {
        return Ok(());
    }
    let threads = &backend.threads;
    let grid = backend.grid(&convolution.geometry, dims.cols);
    with_patches(backend, convolution, input, workspace, |patches, workspace| {
        if let (Some(grid), true) = (grid, dims.rows >= ROWS) {
            return components::forward(backend, &grid, patches.images, weights, bias, output, workspace);
        }
        let right = Columns {
            values: weights,
            depth,
        };
        if dims.rows < ROWS {
            start(bias, dims.cols, output);
            let cut = ColumnCut::new(dims.rows, dims.cols, depth);
            return backend.spare.with(cut.len(), |sums| {
                by_columns(threads, cut, [1.0, 1.0], patches, right, output, sums);
            });
        }
        let mut panels = workspace.take(backend, Slot::Weights, panels_len(depth, dims.cols))?;
        let own = pack_panels(threads, right, [depth, dims.cols], &mut panels);
        let size = rows_of_task(dims.rows);
        threads.split(
            dims.rows.div_ceil(size),
            [output],
            [size * dims.cols],
            |task, [c]| {
                if bias.is_some() {
                    start(bias, dims.cols, c);
                }
                add_rows(AddRows {
                    left: patches,
                    rows: task * size..dims.rows.min((task + 1) * size),
                    panels: own,
                    depth,
                    columns: dims.cols,
                    factor: 1.0,
                    fresh: bias.is_none(),
                    c,
                });
            },
        );
        workspace.put(Slot::Weights, panels);
        Ok(())
    })
}

/// Fills rows of C with what the product is added to.
fn start(bias: Option<&[f32]>, columns: usize, c: &mut [f32]) {
    match bias {
        Some(bias) => c
            .chunks_exact_mut(columns)
            .for_each(|row| row.copy_from_slice(bias)),
        None => c.fill(0.0),
    }
}

/// Calls `with` with the patches of a batch, read where the images lie, or where they lie with their border.
fn with_patches(
    backend: &CpuBackend,
    convolution: &Convolution,
    input: &[f32],
    workspace: &mut Workspace<CpuBackend>,
    with: impl FnOnce(Patches<'_>, &mut Workspace<CpuBackend>) -> Result<()>,
) -> Result<()> {
    let (conv, images) = (&convolution.geometry, convolution.images);
    let input = prefix("the images of a convolution", input, images * conv.input().len())?;
    let layout = Layout::new(conv);
    if layout.padded_len() == 0 {
        return with(Patches::new(conv, &layout, input), workspace);
    }
    let (tables, len) = (layout.table_len(), layout.image_len());
    let mut padded = take(&mut workspace.scratch.fused, tables + images * len)?;
    let (tables, rest) = padded.split_at_mut(tables);
    layout.source_tables(tables);
    let (tables, rest) = (&*tables, &mut rest[..images * len]);
    backend
        .threads
        .split(images, [&mut *rest], [len], |image, [padded]| {
            layout.pad(
                tables,
                &input[image * conv.input().len()..][..conv.input().len()],
                padded,
            );
        });
    let done = with(Patches::new(conv, &layout, rest), workspace);
    workspace.scratch.fused = padded;
    done
}
