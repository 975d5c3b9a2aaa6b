//! Colour jitter: random brightness, contrast, saturation and hue.

use hebb_core::seed::Stream;
use rand::RngExt;
use rand::seq::SliceRandom;

use super::{probability, within};
use crate::error::ensure;
use crate::{Error, ImageShape, Result};

crate::options! {
    /// Random colour jitter as torchvision's `ColorJitter`, without intermediate rounding to bytes.
    ///
    /// Brightness, contrast and saturation are multiplied by a factor uniform in 1 ± strength, clamped at 0; the hue is
    /// rotated by up to ± strength of a full turn. They apply in random order; values are clamped to [0, 1] after each.
    ///
    /// | option | default | range | meaning |
    /// |---|---|---|---|
    /// | `probability` | 1 | 0 to 1 | probability that the jitter applies |
    /// | `brightness` | 0 | 0 to 1000 | strength: 0 is black |
    /// | `contrast` | 0 | 0 to 1000 | strength: 0 is the mean grey |
    /// | `saturation` | 0 | 0 to 1000 | strength: 0 is grey; for images of three channels |
    /// | `hue` | 0 | 0 to 0.5 | turns; for images of three channels |
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct ColorJitter {
        /// Probability that the jitter applies.
        pub probability: f64 = 1.0,
        /// Strength of the brightness change.
        pub brightness: f64 = 0.0,
        /// Strength of the contrast change.
        pub contrast: f64 = 0.0,
        /// Strength of the saturation change.
        pub saturation: f64 = 0.0,
        /// Largest hue rotation, in turns.
        pub hue: f64 = 0.0,
    }
}

/// One colour change: a factor, or a hue rotation in turns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Color {
    Brightness(f32),
    Contrast(f32),
    Saturation(f32),
    Hue(f32),
}

impl ColorJitter {
    pub(super) fn check(&self, shape: ImageShape) -> Result<()> {
        probability("probability", self.probability)?;
        within("brightness", self.brightness, 0.0..=1000.0)?;
        within("contrast", self.contrast, 0.0..=1000.0)?;
        within("saturation", self.saturation, 0.0..=1000.0)?;
        within("hue", self.hue, 0.0..=0.5)?;
        for (key, value) in [("saturation", self.saturation), ("hue", self.hue)] {
            ensure(value <= 0.0 || shape.channels == 3, || {
                let remedy = "give 0 for images without three channels";
                Error::parameter(
                    key,
                    value,
                    format!("images of shape {shape} have no colour; {remedy}"),
                )
            })?;
        }
        Ok(())
    }

    /// Draws the changes in the order in which they apply.
    pub(super) fn draw(&self, stream: &mut Stream) -> Vec<Color> {
        if stream.random::<f64>() >= self.probability {
            return Vec::new();
        }
        let mut uniform = |least: f64, most: f64| (least + (most - least) * stream.random::<f64>()) as f32;
        let mut factor = |strength: f64| uniform((1.0 - strength).max(0.0), 1.0 + strength);
        let mut colors = vec![
            (self.brightness, Color::Brightness(factor(self.brightness))),
            (self.contrast, Color::Contrast(factor(self.contrast))),
            (self.saturation, Color::Saturation(factor(self.saturation))),
            (self.hue, Color::Hue(uniform(-self.hue, self.hue))),
        ];
        colors.shuffle(stream);
        colors.retain(|(strength, _)| *strength > 0.0);
        colors.into_iter().map(|(_, color)| color).collect()
    }
}

/// Luma weights of red, green and blue (ITU-R BT.601).
const GREY: [f32; 3] = [0.299, 0.587, 0.114];

impl Color {
    /// Applies the change in place to an image of `channels` planes, values in [0, 1].
    pub(super) fn apply(self, image: &mut [f32], channels: usize) {
        match self {
            Self::Brightness(factor) => blend(image, factor, |_| 0.0),
            Self::Contrast(factor) => {
                let grey = greys(image, channels);
                let mean = grey.iter().map(|value| f64::from(*value)).sum::<f64>() / grey.len().max(1) as f64;
                blend(image, factor, |_| mean as f32);
            }
            Self::Saturation(factor) => {
                let grey = greys(image, channels);
                blend(image, factor, |at| grey[at % grey.len()]);
            }
            Self::Hue(turns) => rotate_hue(image, turns),
        }
    }
}

/// x ← factor·x + (1 − factor)·other, clamped to [0, 1].
fn blend(image: &mut [f32], factor: f32, other: impl Fn(usize) -> f32) {
    for (at, value) in image.iter_mut().enumerate() {
        *value = (factor * *value + (1.0 - factor) * other(at)).clamp(0.0, 1.0);
    }
}

/// The grey value of every pixel: luma for three channels, the mean otherwise.
fn greys(image: &[f32], channels: usize) -> Vec<f32> {
    let mut grey = vec![0.0; image.len() / channels.max(1)];
    for (channel, plane) in image.chunks_exact(grey.len().max(1)).enumerate() {
        let weight = if channels == 3 {
            GREY[channel]
        } else {
            1.0 / channels as f32
        };
        grey.iter_mut()
            .zip(plane)
            .for_each(|(sum, value)| *sum += weight * value);
    }
    grey
}

/// Rotates the hue of an image of three planes.
fn rotate_hue(image: &mut [f32], turns: f32) {
    let pixels = image.len() / 3;
    for at in 0..pixels {
        let color = rotated([0, 1, 2].map(|channel| image[channel * pixels + at]), turns);
        for (channel, value) in color.into_iter().enumerate() {
            image[channel * pixels + at] = value;
        }
    }
}

/// A colour with rotated hue and the same value and saturation (HSV).
fn rotated(color: [f32; 3], turns: f32) -> [f32; 3] {
    let [red, green, blue] = color;
    let most = red.max(green).max(blue);
    let chroma = most - red.min(green).min(blue);
    if chroma <= 0.0 {
        return color;
    }
    let sixths = if most == red {
        (green - blue) / chroma
    } else if most == green {
        2.0 + (blue - red) / chroma
    } else {
        4.0 + (red - green) / chroma
    };
    // Each channel is a trapezoid of the hue: full for a third of the circle, empty for another.
    let channel = |offset: f32| {
        let place = (sixths + 6.0 * turns + offset).rem_euclid(6.0);
        most - chroma * place.min(4.0 - place).clamp(0.0, 1.0)
    };
    [channel(5.0), channel(3.0), channel(1.0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn applied(color: Color, mut image: Vec<f32>) -> Vec<f32> {
        color.apply(&mut image, 3);
        image
    }

    fn assert_approx_eq(found: &[f32], expected: &[f32]) {
        let equal = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(
            equal && found.len() == expected.len(),
            "{found:?}, not {expected:?}"
        );
    }

    #[test]
    fn colours_change_as_their_names_say() {
        // Two pixels: red and a dim grey.
        let image = vec![1.0, 0.2, 0.0, 0.2, 0.0, 0.2];
        assert_approx_eq(
            &applied(Color::Brightness(0.5), image.clone()),
            &[0.5, 0.1, 0.0, 0.1, 0.0, 0.1],
        );
        let mean = (0.299 + 0.2) / 2.0;
        assert_approx_eq(&applied(Color::Contrast(0.0), image.clone()), &[mean; 6]);
        assert_approx_eq(
            &applied(Color::Saturation(0.0), image.clone()),
            &[0.299, 0.2, 0.299, 0.2, 0.299, 0.2],
        );
        // A third of a turn makes red green and leaves grey alone.
        assert_approx_eq(
            &applied(Color::Hue(1.0 / 3.0), image.clone()),
            &[0.0, 0.2, 1.0, 0.2, 0.0, 0.2],
        );
        assert_approx_eq(&applied(Color::Hue(0.5), image), &[0.0, 0.2, 1.0, 0.2, 1.0, 0.2]);
    }

    proptest! {
        #[test]
        fn colours_stay_in_range_and_strength_zero_changes_nothing(
            image in proptest::collection::vec(0f32..=1.0, 12),
            (factor, turns) in (0f32..3.0, -0.5f32..0.5),
        ) {
            for color in [
                Color::Brightness(factor),
                Color::Contrast(factor),
                Color::Saturation(factor),
                Color::Hue(turns),
            ] {
                let changed = applied(color, image.clone());
                prop_assert!(changed.iter().all(|value| (0.0..=1.0).contains(value)), "{color:?}: {changed:?}");
            }
            for color in [Color::Brightness(1.0), Color::Contrast(1.0), Color::Saturation(1.0), Color::Hue(0.0)] {
                assert_approx_eq(&applied(color, image.clone()), &image);
            }
            // There and back again.
            let back = applied(Color::Hue(-turns), applied(Color::Hue(turns), image.clone()));
            assert_approx_eq(&back, &image);
        }
    }
}
