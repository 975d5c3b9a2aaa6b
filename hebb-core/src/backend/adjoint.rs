//! Adjoints of the copying primitives, on the host in f64: right on every backend, and to be overridden where speed counts.

use super::{Backend, PatchMatrix, PoolBatch, host_of};
use crate::error::Result;
use crate::geometry::grid;
use crate::plan::PoolKind;

pub(super) fn col2im<B: Backend>(
    backend: &B,
    of: &PatchMatrix,
    patches: &B::Buffer,
    input: &mut B::Buffer,
) -> Result<()> {
    let conv = &of.geometry;
    let (shape, [kernel_height, kernel_width]) = (conv.input(), conv.window().kernel);
    let values = host_of(backend, patches, of.dims().len())?;
    let mut sums = vec![0.0; of.input_len()];
    let mut taps = values.chunks_exact(shape.channels);
    for image in 0..of.images {
        for (row, col) in grid(conv.out_height(), conv.out_width()) {
            for (tap_row, tap_col) in grid(kernel_height, kernel_width) {
                let source = conv.source(0, row, tap_row).zip(conv.source(1, col, tap_col));
                if let (Some(tap), Some(pixel)) = (taps.next(), source) {
                    let sums = &mut sums[shape.pixel(image, pixel)];
                    sums.iter_mut()
                        .zip(tap)
                        .for_each(|(sum, value)| *sum += f64::from(*value));
                }
            }
        }
    }
    backend.upload(&rounded(&sums), input)
}

/// ∂L/∂x of pooling, from ∂L/∂output; x itself is read for maxima only.
pub(super) fn pool_backward<B: Backend>(
    backend: &B,
    batch: &PoolBatch,
    x: &B::Buffer,
    grad_output: &B::Buffer,
    grad_input: &mut B::Buffer,
) -> Result<()> {
    let PoolBatch {
        pool,
        images,
        input,
        output,
    } = *batch;
    let grad_output = host_of(backend, grad_output, batch.output_len())?;
    let x = match pool.kind {
        PoolKind::Average => Vec::new(),
        PoolKind::Max => host_of(backend, x, batch.input_len())?,
    };
    let mut sums = vec![0.0; batch.input_len()];
    let mut gradients = grad_output.into_iter().map(f64::from);
    for image in 0..images {
        for (row, col) in grid(output.height, output.width) {
            for (channel, gradient) in (0..input.channels).zip(&mut gradients) {
                let window = pool
                    .span(row, input.height)
                    .flat_map(|y| pool.span(col, input.width).map(move |x| (y, x)))
                    .map(|pixel| input.pixel(image, pixel).start + channel);
                match pool.kind {
                    PoolKind::Average => {
                        let share = gradient / (pool.size * pool.size) as f64;
                        window.for_each(|at| sums[at] += share);
                    }
                    PoolKind::Max => {
                        if let Some(at) = window.reduce(|best, at| if x[at] > x[best] { at } else { best }) {
                            sums[at] += gradient;
                        }
                    }
                }
            }
        }
    }
    backend.upload(&rounded(&sums), grad_input)
}

fn rounded(sums: &[f64]) -> Vec<f32> {
    sums.iter().map(|sum| *sum as f32).collect()
}
