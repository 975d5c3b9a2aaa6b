//! The patch matrix X (im2col).

use crate::threads::Threads;
use hebb_core::geometry::ConvGeometry;

/// X: (images·positions)×K, columns in the order (kh, kw, C).
pub(crate) fn im2col(threads: &Threads, conv: &ConvGeometry, input: &[f32], patches: &mut [f32]) {
    let (patch_len, rows) = (conv.patch_len(), conv.out_height());
    let row_len = conv.out_width() * patch_len;
    let image_len = conv.input().len();
    threads.rows(patches.len() / row_len, row_len, patches, |first, part| {
        for (offset, row) in part.chunks_exact_mut(row_len).enumerate() {
            let index = first + offset;
            let image = &input[index / rows * image_len..][..image_len];
            for (column, patch) in row.chunks_exact_mut(patch_len).enumerate() {
                copy_patch(conv, image, [index % rows, column], patch);
            }
        }
    });
}

/// The patch of one position.
fn copy_patch(conv: &ConvGeometry, image: &[f32], [row, column]: [usize; 2], patch: &mut [f32]) {
    let shape = conv.input();
    let run = conv.window().kernel[1] * shape.channels;
    for (tap, target) in patch.chunks_exact_mut(run).enumerate() {
        match conv.source(0, row, tap) {
            Some(y) => {
                let line = shape.width * shape.channels;
                copy_run(conv, &image[y * line..][..line], column, target);
            }
            None => target.fill(0.0),
        }
    }
}

/// The part of a patch that one image row holds, in one piece where the taps are neighbours.
fn copy_run(conv: &ConvGeometry, line: &[f32], column: usize, target: &mut [f32]) {
    let channels = conv.input().channels;
    let taps = conv.window().kernel[1];
    if let (Some(first), Some(last)) = (conv.source(1, column, 0), conv.source(1, column, taps - 1))
        && last + 1 == first + taps
        && conv.window().dilation[1] == 1
    {
        target.copy_from_slice(&line[first * channels..][..target.len()]);
        return;
    }
    for (tap, target) in target.chunks_exact_mut(channels).enumerate() {
        match conv.source(1, column, tap) {
            Some(x) => target.copy_from_slice(&line[x * channels..][..channels]),
            None => target.fill(0.0),
        }
    }
}
