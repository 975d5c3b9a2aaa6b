//! Patch extraction and pooling of channels-last images.

use super::need::{need, need_mut};
use crate::backend::{PatchMatrix, PoolBatch};
use crate::error::Result;
use crate::geometry::grid;
use crate::plan::PoolKind;

pub(super) fn im2col(of: &PatchMatrix, input: &[f32], patches: &mut [f32]) -> Result<()> {
    let conv = &of.geometry;
    let (shape, [kernel_height, kernel_width]) = (conv.input(), conv.window().kernel);
    let input = need("input", input, of.input_len())?;
    let patches = need_mut("patches", patches, of.dims().len())?;
    let mut at = 0;
    for image in 0..of.images {
        for (row, col) in grid(conv.out_height(), conv.out_width()) {
            for (tap_row, tap_col) in grid(kernel_height, kernel_width) {
                let source = conv.source(0, row, tap_row).zip(conv.source(1, col, tap_col));
                let taken = &mut patches[at..at + shape.channels];
                match source {
                    Some(pixel) => taken.copy_from_slice(&input[shape.pixel(image, pixel)]),
                    None => taken.fill(0.0),
                }
                at += shape.channels;
            }
        }
    }
    Ok(())
}

pub(super) fn pool(batch: &PoolBatch, x: &[f32], out: &mut [f32]) -> Result<()> {
    let PoolBatch {
        pool,
        images,
        input,
        output,
    } = *batch;
    let x = need("x", x, batch.input_len())?;
    let out = need_mut("out", out, batch.output_len())?;
    let mut at = 0;
    for image in 0..images {
        for (row, col) in grid(output.height, output.width) {
            for channel in 0..input.channels {
                let rows = pool.span(row, input.height);
                let window = rows.flat_map(|y| pool.span(col, input.width).map(move |x| (y, x)));
                let values = window.map(|pixel| f64::from(x[input.pixel(image, pixel)][channel]));
                out[at] = match pool.kind {
                    PoolKind::Average => values.sum::<f64>() / (pool.size * pool.size) as f64,
                    PoolKind::Max => values.fold(f64::NEG_INFINITY, f64::max),
                } as f32;
                at += 1;
            }
        }
    }
    Ok(())
}
