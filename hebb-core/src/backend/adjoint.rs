//! Adjoints of the copying primitives, on the host in f64: right on every backend, and to be overridden where speed counts.

use super::{Backend, host_of};
use crate::error::Result;
use crate::geometry::{ConvGeometry, ImageShape, grid};
use crate::plan::{Pool, PoolKind};

pub(super) fn col2im<B: Backend>(
    backend: &B,
    conv: &ConvGeometry,
    images: usize,
    patches: &B::Buffer,
    input: &mut B::Buffer,
) -> Result<()> {
    let (shape, [kernel_height, kernel_width]) = (conv.input(), conv.window().kernel);
    let values = host_of(backend, patches, images * conv.positions() * conv.patch_len())?;
    let mut sums = vec![0.0; images * shape.len()];
    let mut taps = values.chunks_exact(shape.channels);
    for image in 0..images {
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
pub(super) fn pool_backward(
    pool: &Pool,
    input: ImageShape,
    x: &[f32],
    grad_output: &[f32],
) -> Result<Vec<f32>> {
    let output = pool.output(input)?;
    let images = grad_output.len() / output.len().max(1);
    let mut sums = vec![0.0; images * input.len()];
    let mut gradients = grad_output.iter().copied().map(f64::from);
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
    Ok(rounded(&sums))
}

fn rounded(sums: &[f64]) -> Vec<f32> {
    sums.iter().map(|sum| *sum as f32).collect()
}
