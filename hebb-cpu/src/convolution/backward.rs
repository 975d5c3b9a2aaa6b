//! The gradients of a convolution.

use super::{ROWS, components, with_patches};
use crate::CpuBackend;
use crate::memory::{prefix, prefix_mut};
use crate::primitives::adjoint::AddPatches;
use crate::primitives::{sums, vectorized};
use crate::product::{
    self, AddRows, ByRows, BySteps, ColumnCut, Lines, add_rows, by_columns, pack_panels, panels_len,
};
use hebb_core::Result;
use hebb_core::backend::{Convolution, Gemm, Gradients, Slot, Workspace};
use hebb_core::geometry::PaddingMode;

/// The gradients with respect to weights, bias and images.
pub(crate) fn backward(
    backend: &CpuBackend,
    convolution: &Convolution,
    input: &[f32],
    weights: &[f32],
    upstream: &[f32],
    gradients: Gradients<'_, CpuBackend>,
    workspace: &mut Workspace<CpuBackend>,
) -> Result<()> {
    let (dims, depth) = (convolution.responses(), convolution.patches().cols);
    let upstream = prefix("the gradient of a convolution", upstream, dims.len())?;
    let weights = prefix("the weights of a convolution", weights, dims.cols * depth)?;
    let own = prefix_mut("the gradient of weights", gradients.weights, weights.len())?;
    let threads = &backend.threads;
    if let Some(bias) = gradients.bias {
        let bias = prefix_mut("the gradient of a bias", bias, dims.cols)?;
        sums::column_sums(threads, &backend.spare, dims, upstream, bias)?;
    }
    if dims.is_empty() {
        own.fill(0.0);
    } else {
        // ∂L/∂W (N×K) = ∂L/∂Yᵀ (N×P) · X (P×K)
        let grid = backend.grid(&convolution.geometry, dims.cols);
        with_patches(backend, convolution, input, workspace, |patches, _| {
            if let (Some(grid), true) = (grid, dims.rows >= ROWS) {
                return components::gradient(backend, &grid, patches.images, upstream, own);
            }
            let cut = ColumnCut::new(dims.cols, depth, dims.rows);
            let left = BySteps {
                values: upstream,
                rows: dims.cols,
            };
            backend.spare.with(cut.len(), |sums| {
                by_columns(threads, cut, [1.0, 0.0], left, patches, own, sums);
            })
        })?;
    }
    match gradients.input {
        Some(input) => send_back(backend, convolution, weights, upstream, input, workspace),
        None => Ok(()),
    }
}

/// ∂L/∂X (P×K) = ∂L/∂Y (P×N) · W (N×K) of some images at a time, each added to its image at once.
fn send_back(
    backend: &CpuBackend,
    convolution: &Convolution,
    weights: &[f32],
    upstream: &[f32],
    input: &mut [f32],
    workspace: &mut Workspace<CpuBackend>,
) -> Result<()> {
    let (conv, dims) = (&convolution.geometry, convolution.responses());
    let (positions, patch_len, image_len) = (conv.positions(), conv.patch_len(), conv.input().len());
    let input = prefix_mut("the gradient of images", input, convolution.images * image_len)?;
    if dims.rows < ROWS && positions == 1 && patch_len == image_len && conv.window().padding == [0, 0] {
        let gemm = Gemm::new(dims.rows, patch_len, dims.cols);
        return product::gemm(&backend.threads, &backend.spare, gemm, upstream, weights, input);
    }
    let zeros = conv.window().padding == [0, 0] || conv.window().mode == PaddingMode::Zero;
    if let (Some(grid), true) = (backend.grid(conv, dims.cols), zeros && dims.rows >= ROWS) {
        return components::send_back(backend, &grid, weights, upstream, input, workspace);
    }
    let mut panels = workspace.take(backend, Slot::Weights, panels_len(dims.cols, patch_len))?;
    let right = Lines {
        values: weights,
        columns: patch_len,
    };
    let own = pack_panels(&backend.threads, right, [dims.cols, patch_len], &mut panels);
    let images = images_of_task(positions);
    let tasks = convolution.images.div_ceil(images);
    let done = backend
        .threads
        .try_split(tasks, [input], [images * image_len], |task, [input]| {
            let rows = task * images * positions..dims.rows.min((task + 1) * images * positions);
            backend.spare.with(rows.len() * patch_len, |patches| {
                add_rows(AddRows {
                    left: ByRows {
                        values: upstream,
                        depth: dims.cols,
                    },
                    rows,
                    panels: own,
                    depth: dims.cols,
                    columns: patch_len,
                    factor: 1.0,
                    fresh: true,
                    c: &mut *patches,
                });
                input.fill(0.0);
                let patches = patches.chunks_exact(positions * patch_len);
                for (image, patches) in input.chunks_exact_mut(image_len).zip(patches) {
                    vectorized(AddPatches, (conv, patches, image));
                }
            })
        });
    workspace.put(Slot::Weights, panels);
    done
}

/// Images whose gradients one task computes: enough patches that reading the weights costs little.
fn images_of_task(positions: usize) -> usize {
    const PATCHES: usize = 64;
    PATCHES.div_ceil(positions)
}
