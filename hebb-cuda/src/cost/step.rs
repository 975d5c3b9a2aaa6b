//! The sequence of a training step.

use hebb_core::plan::LayerPlan;

use super::Work;
use crate::shapes::Chunks;

/// A layer as the model sees it.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    /// The plan; its geometry, units and pooling count.
    pub plan: &'a LayerPlan,
    /// Whether connections are pruned.
    pub pruned: bool,
}

/// Bytes of so many values.
fn bytes(values: usize) -> u64 {
    4 * values as u64
}

/// Work that is bound by memory.
fn moved(name: &'static str, read: usize, written: usize) -> Work {
    Work {
        name,
        read: bytes(read),
        written: bytes(written),
        operations: 0,
    }
}

/// C (m×n) = A (m×k) · B (k×n).
fn product(m: usize, n: usize, k: usize) -> Work {
    Work {
        operations: 2 * (m * n * k) as u64,
        ..moved("gemm", m * k + k * n, m * n)
    }
}

/// Everything that the device does when a layer learns from a batch, in order.
pub fn training_step(layer: Layer<'_>, images: usize) -> Vec<Work> {
    let (plan, conv) = (layer.plan, &layer.plan.geometry);
    let (rows, units, patch_len) = (plan.patches(images), plan.units, conv.patch_len());
    let (input, responses, weights) = (images * conv.input().len(), rows * units, units * patch_len);
    let mut work = vec![
        moved("copy", input, input),
        moved("standardize_rows", input, input),
        moved("im2col", input, rows * patch_len),
        product(rows, units, patch_len),
        moved("hard_wta", responses + units, responses),
    ];
    // The sums of |y|, y > 0 and y.
    let (sums, chunks) = (
        3 * units,
        Chunks::of(rows).map_or(0, |chunks| chunks.count as usize),
    );
    work.extend([
        moved("statistics", responses, chunks * sums),
        moved("update_totals", chunks * sums, sums),
        product(units, patch_len, rows),
        moved("triangle", responses + units, responses),
    ]);
    work.extend(pooling(plan, images));
    work.extend([
        moved("formula", units, units),
        moved("copy", weights, weights),
        moved("add_scaled_rows", units + 2 * weights, weights),
    ]);
    if layer.pruned {
        work.push(moved("multiply", 2 * weights, weights));
    }
    work.extend([
        moved("formula", 0, units),
        moved("add_scaled_rows", units + 2 * weights, weights),
        moved("normalize_rows", weights, weights),
        moved("formula", 2 * units, units),
    ]);
    work
}

/// Pooling without a border reads what its windows cover.
fn pooling(plan: &LayerPlan, images: usize) -> Option<Work> {
    let (pool, input) = (plan.pool?, plan.geometry.output(plan.units));
    let output = pool.output(input).ok()?;
    let covered = |out: usize, size: usize| ((out - 1) * pool.stride + pool.size).min(size);
    let read = covered(output.height, input.height) * covered(output.width, input.width);
    Some(moved("pool", images * read * plan.units, images * output.len()))
}
