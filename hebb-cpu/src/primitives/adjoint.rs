//! The adjoints of im2col and pooling, parallel over images.

use super::sums::add;
use crate::simd::{kernel, vectorized};
use crate::threads::{Threads, chunks};
use hebb_core::backend::PoolBatch;
use hebb_core::geometry::{ConvGeometry, ImageShape};
use hebb_core::plan::{Pool, PoolKind};

/// Adds every patch value to the input value that it was copied from.
pub(crate) fn col2im(threads: &Threads, conv: &ConvGeometry, patches: &[f32], input: &mut [f32]) {
    let (image_len, len) = (conv.input().len(), conv.positions() * conv.patch_len());
    let images = input.len() / image_len;
    threads.split(images, chunks(input, image_len), |image, input| {
        input.fill(0.0);
        vectorized(AddPatches, (conv, &patches[image * len..][..len], input));
    });
}

/// Adds the patches of one image to it.
#[inline(always)]
fn add_patches(conv: &ConvGeometry, patches: &[f32], image: &mut [f32]) {
    let shape = conv.input();
    let ([rows, taps], line) = (conv.window().kernel, shape.width * shape.channels);
    let mut runs = patches.chunks_exact(taps * shape.channels);
    for row in 0..conv.out_height() {
        for column in 0..conv.out_width() {
            for tap in 0..rows {
                if let (Some(run), Some(y)) = (runs.next(), conv.source(0, row, tap)) {
                    add_run(conv, run, column, &mut image[y * line..][..line]);
                }
            }
        }
    }
}

kernel!(pub(crate) AddPatches: add_patches(conv: &ConvGeometry, patches: &[f32], image: &mut [f32]));

/// The part of a patch that one image row holds, in one piece where the taps are neighbours.
#[inline(always)]
fn add_run(conv: &ConvGeometry, run: &[f32], column: usize, line: &mut [f32]) {
    let channels = conv.input().channels;
    let taps = conv.window().kernel[1];
    if let (Some(first), Some(last)) = (conv.source(1, column, 0), conv.source(1, column, taps - 1))
        && last + 1 == first + taps
        && conv.window().dilation[1] == 1
    {
        return add(&mut line[first * channels..][..run.len()], run);
    }
    for (tap, values) in run.chunks_exact(channels).enumerate() {
        if let Some(x) = conv.source(1, column, tap) {
            add(&mut line[x * channels..][..channels], values);
        }
    }
}

/// The gradient with respect to the input `x` of a pooling, from the one with respect to its output.
pub(crate) fn pool_backward(
    threads: &Threads,
    batch: &PoolBatch,
    x: &[f32],
    grad_output: &[f32],
    grad_input: &mut [f32],
) {
    let PoolBatch {
        ref pool,
        input,
        output,
        ..
    } = *batch;
    let len = input.len();
    let images = grad_input.len() / len.max(1);
    threads.split(images, chunks(grad_input, len), |image, grad_input| {
        grad_input.fill(0.0);
        let grad_output = &grad_output[image * output.len()..][..output.len()];
        match pool.kind {
            PoolKind::Average => vectorized(SpreadMeans, (pool, [input, output], grad_output, grad_input)),
            PoolKind::Max => {
                let x = &x[image * len..][..len];
                vectorized(SendMaxima, (pool, [input, output], x, grad_output, grad_input));
            }
        }
    });
}

/// The starts of a window's pixels.
#[inline(always)]
fn pixels(pool: &Pool, input: ImageShape, [row, column]: [usize; 2]) -> impl Iterator<Item = usize> + Clone {
    let columns = pool.span(column, input.width);
    pool.span(row, input.height).flat_map(move |y| {
        columns
            .clone()
            .map(move |x| (y * input.width + x) * input.channels)
    })
}

/// One image: every value of a window gets an equal share.
#[inline(always)]
fn spread_means(pool: &Pool, [input, output]: [ImageShape; 2], grad_output: &[f32], grad_input: &mut [f32]) {
    let share = 1.0 / (pool.size * pool.size) as f32;
    for (index, gradient) in grad_output.chunks_exact(output.channels).enumerate() {
        for start in pixels(pool, input, [index / output.width, index % output.width]) {
            let pixel = &mut grad_input[start..][..gradient.len()];
            for (sum, gradient) in pixel.iter_mut().zip(gradient) {
                *sum += share * gradient;
            }
        }
    }
}

kernel!(SpreadMeans: spread_means(pool: &Pool, shapes: [ImageShape; 2], grad_output: &[f32], grad_input: &mut [f32]));

/// Channels whose maxima are looked for side by side.
const CHANNELS: usize = 64;

/// One image: the first of a window's largest values gets everything.
#[inline(always)]
fn send_maxima(
    pool: &Pool,
    [input, output]: [ImageShape; 2],
    x: &[f32],
    grad_output: &[f32],
    grad_input: &mut [f32],
) {
    for (index, gradient) in grad_output.chunks_exact(output.channels).enumerate() {
        let window = pixels(pool, input, [index / output.width, index % output.width]);
        for (block, gradient) in gradient.chunks(CHANNELS).enumerate() {
            let (mut largest, mut left) = ([f32::NEG_INFINITY; CHANNELS], [0.0; CHANNELS]);
            let (largest, left) = (&mut largest[..gradient.len()], &mut left[..gradient.len()]);
            left.copy_from_slice(gradient);
            for start in window.clone() {
                let pixel = &x[start + block * CHANNELS..][..gradient.len()];
                for (largest, value) in largest.iter_mut().zip(pixel) {
                    *largest = largest.max(*value);
                }
            }
            for start in window.clone() {
                let span = start + block * CHANNELS..start + block * CHANNELS + gradient.len();
                send(&x[span.clone()], largest, left, &mut grad_input[span]);
            }
        }
    }
}

kernel!(SendMaxima: send_maxima(pool: &Pool, shapes: [ImageShape; 2], x: &[f32], grad_output: &[f32], grad_input: &mut [f32]));

/// Adds what is left of the gradients to a pixel where it holds the largest values.
#[inline(always)]
fn send(pixel: &[f32], largest: &[f32], left: &mut [f32], sums: &mut [f32]) {
    let values = pixel.iter().zip(largest);
    for ((sum, left), (value, largest)) in sums.iter_mut().zip(left).zip(values) {
        let sent = if value == largest { *left } else { 0.0 };
        *sum += sent;
        *left -= sent;
    }
}
