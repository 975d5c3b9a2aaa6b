//! Sparse images: the background, which most values are, and the values that differ from it.

use crate::image::taps_of_run;
use crate::memory::{cleared, reserve};
use crate::simd::{kernel, vectorized};
use hebb_core::Result;
use hebb_core::geometry::ConvGeometry;

/// One of so many values may differ from the background.
const RARITY: usize = 8;

/// The value that most of an image's values are, if all but one in [`RARITY`] are.
pub(in crate::pass) fn background(image: &[f32]) -> Option<f32> {
    /// Values that are looked at to guess the background.
    const SAMPLES: usize = 9;
    let step = (image.len() / SAMPLES).max(1);
    let samples = || image.iter().step_by(step).take(SAMPLES);
    let votes = |value: &f32| samples().filter(|other| *other == value).count();
    let guess = *samples().max_by_key(|value| votes(value))?;
    let others = image.iter().map(|value| u32::from(*value != guess)).sum::<u32>();
    (others as usize <= image.len() / RARITY).then_some(guess)
}

/// A compressed image.
#[derive(Debug, Default)]
pub(super) struct SparseImage {
    pub(super) background: f32,
    /// For each pixel where its values start, and the end.
    starts: Vec<u32>,
    others: Vec<Other>,
}

/// A value that is not the background.
#[derive(Clone, Copy, Debug)]
struct Other {
    /// Its index in the image's row.
    index: u32,
    /// Its difference from the background.
    value: f32,
}

impl SparseImage {
    /// Compresses an image (H, W, C) that has a [`background`].
    pub(super) fn compress(&mut self, conv: &ConvGeometry, image: &[f32]) -> Result<()> {
        self.background = background(image).unwrap_or_default();
        cleared(&mut self.starts, conv.input().positions() + 1)?;
        self.others.clear();
        reserve(&mut self.others, image.len() / RARITY)?;
        vectorized(Compress, (self, conv, image));
        Ok(())
    }

    /// Calls `with` for every value of a patch that is not the background: its column in the patch matrix, and its difference
    /// from the background.
    #[inline(always)]
    pub(super) fn each(&self, conv: &ConvGeometry, position: usize, mut with: impl FnMut(usize, f32)) {
        let window = conv.window();
        let (width, channels) = (conv.input().width, conv.input().channels);
        let [row, column] = [position / conv.out_width(), position % conv.out_width()];
        let taps = taps_of_run(window);
        for tap_row in 0..window.kernel[0] {
            let pixels = (row * window.stride[0] + tap_row * window.dilation[0]) * width;
            for tap in (0..window.kernel[1]).step_by(taps) {
                let x = column * window.stride[1] + tap * window.dilation[1];
                let from = self.starts[pixels + x] as usize;
                let to = self.starts[pixels + x + taps] as usize;
                let first = (tap_row * window.kernel[1] + tap) * channels;
                for Other { index, value } in &self.others[from..to] {
                    with(first + *index as usize - x * channels, *value);
                }
            }
        }
    }
}

#[inline(always)]
fn compress(to: &mut SparseImage, conv: &ConvGeometry, image: &[f32]) {
    /// Channels that are compared at once: most pixels have few other values, and most blocks of channels none.
    const BLOCK: usize = 16;
    let (shape, background) = (conv.input(), to.background);
    for (pixel, values) in image.chunks_exact(shape.channels).enumerate() {
        to.starts[pixel] = to.others.len() as u32;
        let first = pixel % shape.width * shape.channels;
        for (block, values) in values.chunks(BLOCK).enumerate() {
            if values
                .iter()
                .fold(true, |none, value| none & (*value == background))
            {
                continue;
            }
            for (channel, value) in values.iter().enumerate() {
                if *value != background {
                    to.others.push(Other {
                        index: (first + block * BLOCK + channel) as u32,
                        value: value - background,
                    });
                }
            }
        }
    }
    to.starts[shape.positions()] = to.others.len() as u32;
}

kernel!(Compress: compress(to: &mut SparseImage, conv: &ConvGeometry, image: &[f32]));

#[cfg(test)]
mod tests {
    use super::*;
    use hebb_core::geometry::{ImageShape, Window};

    #[test]
    fn an_image_of_few_other_values_has_a_background() {
        let mut image = vec![-0.5; 160];
        image[20..39].fill(3.0);
        assert_eq!(background(&image), Some(-0.5));
        image[100..103].fill(1.0);
        assert_eq!(background(&image), None);
    }

    #[test]
    fn a_patch_is_the_background_and_what_differs_from_it() {
        for (stride, dilation) in [([1, 1], [1, 1]), ([2, 1], [1, 2]), ([1, 2], [2, 1])] {
            let shape = ImageShape::new(20, 6, 7);
            let window = Window {
                stride,
                dilation,
                ..Window::square(3)
            };
            let conv = ConvGeometry::new(shape, window).unwrap();
            let value = |index: usize| {
                if index.is_multiple_of(11) {
                    index as f32
                } else {
                    0.25
                }
            };
            let values: Vec<f32> = (0..shape.len()).map(value).collect();
            let mut image = SparseImage::default();
            image.compress(&conv, &values).unwrap();
            for position in [0, conv.out_width() + 1, conv.positions() - 1] {
                let at = [position / conv.out_width(), position % conv.out_width()];
                let mut patch = vec![image.background; conv.patch_len()];
                image.each(&conv, position, |k, value| patch[k] += value);
                for (k, found) in patch.into_iter().enumerate() {
                    let [y, x] = [k / 60, k / 20 % 3];
                    let y = at[0] * stride[0] + y * dilation[0];
                    let x = at[1] * stride[1] + x * dilation[1];
                    assert_eq!(found, values[(y * 7 + x) * 20 + k % 20], "{window:?} {at:?} {k}");
                }
            }
        }
    }
}
