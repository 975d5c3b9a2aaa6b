//! Images most of whose values are equal: that value, and what differs from it.

use hebb_core::geometry::ConvGeometry;

/// One of so many values may differ from the background.
const RARITY: usize = 8;

/// The value that most of an image's values are, if all but one in [`RARITY`] are.
pub(super) fn background(image: &[f32]) -> Option<f32> {
    /// Values that are looked at to guess the background.
    const SAMPLES: usize = 9;
    let step = (image.len() / SAMPLES).max(1);
    let samples = || image.iter().step_by(step).take(SAMPLES);
    let votes = |value: &f32| samples().filter(|other| *other == value).count();
    let guess = *samples().max_by_key(|value| votes(value))?;
    let events = image.iter().map(|value| u32::from(*value != guess)).sum::<u32>();
    (events as usize <= image.len() / RARITY).then_some(guess)
}

/// Values that a compressed image of `pixels` pixels and `len` values takes.
pub(super) const fn compressed_len(pixels: usize, len: usize) -> usize {
    1 + pixels + 1 + 2 * (len / RARITY)
}

/// Writes an image with its background and its events: for each pixel where its events start, and for each event its
/// index in the image's line (as bits) and how far it is from the background.
#[inline(always)]
pub(super) fn compress(conv: &ConvGeometry, image: &[f32], background: f32, to: &mut [f32]) {
    let shape = conv.input();
    let (head, events) = to.split_at_mut(2 + shape.positions());
    head[0] = background;
    let mut count = 0;
    for (pixel, values) in image.chunks_exact(shape.channels).enumerate() {
        head[1 + pixel] = f32::from_bits(count as u32);
        let first = pixel % shape.width * shape.channels;
        // Most pixels have few events, and most blocks of channels none.
        for (block, values) in values.chunks(16).enumerate() {
            if values
                .iter()
                .fold(true, |none, value| none & (*value == background))
            {
                continue;
            }
            for (channel, value) in values.iter().enumerate() {
                if *value != background {
                    let index = first + block * 16 + channel;
                    events[2 * count] = f32::from_bits(index as u32);
                    events[2 * count + 1] = value - background;
                    count += 1;
                }
            }
        }
    }
    head[1 + shape.positions()] = f32::from_bits(count as u32);
}

/// A compressed image.
#[derive(Clone, Copy, Debug)]
pub(super) struct Events<'a> {
    conv: &'a ConvGeometry,
    pub(super) background: f32,
    starts: &'a [f32],
    events: &'a [[f32; 2]],
}

impl<'a> Events<'a> {
    #[inline(always)]
    pub(super) fn of(conv: &'a ConvGeometry, values: &'a [f32]) -> Self {
        let (head, events) = values.split_at(2 + conv.input().positions());
        Self {
            conv,
            background: head[0],
            starts: &head[1..],
            events: events.as_chunks().0,
        }
    }

    /// Calls `with` for every event of the patch at `row`, `column`: its column in the patch matrix and its value.
    #[inline(always)]
    pub(super) fn each(&self, [row, column]: [usize; 2], mut with: impl FnMut(usize, f32)) {
        let window = self.conv.window();
        let (width, channels) = (self.conv.input().width, self.conv.input().channels);
        // Taps that are neighbours are read in one go.
        let taps = if window.dilation[1] == 1 {
            window.kernel[1]
        } else {
            1
        };
        for tap_row in 0..window.kernel[0] {
            let line = (row * window.stride[0] + tap_row * window.dilation[0]) * width;
            for tap in (0..window.kernel[1]).step_by(taps) {
                let x = column * window.stride[1] + tap * window.dilation[1];
                let from = self.starts[line + x].to_bits() as usize;
                let to = self.starts[line + x + taps].to_bits() as usize;
                let first = (tap_row * window.kernel[1] + tap) * channels;
                for [index, value] in &self.events[from..to] {
                    with(first + index.to_bits() as usize - x * channels, *value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hebb_core::geometry::{ImageShape, Window};

    #[test]
    fn an_image_of_few_events_has_a_background() {
        let mut image = vec![-0.5; 160];
        image[20..39].fill(3.0);
        assert_eq!(background(&image), Some(-0.5));
        image[100..103].fill(1.0);
        assert_eq!(background(&image), None);
    }

    #[test]
    fn the_events_of_a_patch_are_what_differs_from_the_background() {
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
            let image: Vec<f32> = (0..shape.len()).map(value).collect();
            let mut compressed = vec![f32::NAN; compressed_len(shape.positions(), shape.len())];
            compress(&conv, &image, 0.25, &mut compressed);
            let events = Events::of(&conv, &compressed);
            for at in [[0, 0], [1, 1], [conv.out_height() - 1, conv.out_width() - 1]] {
                let mut patch = vec![0.25; conv.patch_len()];
                events.each(at, |k, value| patch[k] += value);
                for (k, found) in patch.into_iter().enumerate() {
                    let [y, x] = [k / 60, k / 20 % 3];
                    let y = at[0] * stride[0] + y * dilation[0];
                    let x = at[1] * stride[1] + x * dilation[1];
                    assert_eq!(found, image[(y * 7 + x) * 20 + k % 20], "{window:?} {at:?} {k}");
                }
            }
        }
    }
}
