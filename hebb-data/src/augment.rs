//! Random changes of training images that keep their class.

use hebb_core::Seed;
use rand::RngExt;

use crate::view::unit;
use crate::{Error, ImageShape, Result};

/// How training images are varied from epoch to epoch.
///
/// What happens to an image depends on the seed, the epoch and its place in the dataset alone: not on the batch, the
/// order or the number of threads.
///
/// | option | default | range | meaning |
/// |---|---|---|---|
/// | `mirror` | 0 | 0 to 1 | the probability of a horizontal mirror image |
/// | `crop-padding` | 0 | below the image's sides | zeros added on every side before a crop of the old size |
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(default, deny_unknown_fields, rename_all = "kebab-case")
)]
pub struct AugmentSpec {
    /// Probability of a horizontal mirror image.
    pub mirror: f64,
    /// Zeros added on every side before cropping.
    pub crop_padding: usize,
}

/// What happens to one image in one epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Placement {
    /// Whether the crop is mirrored.
    pub(crate) mirror: bool,
    /// How far right of and below the image's corner the crop starts; negative in the padding.
    shift: [isize; 2],
}

impl AugmentSpec {
    /// An error unless images of shape `shape` can be varied so.
    pub(crate) fn check(&self, shape: ImageShape) -> Result<()> {
        if !(0.0..=1.0).contains(&self.mirror) {
            return Err(Error::parameter(
                "mirror",
                self.mirror,
                "it is no probability",
                "give 0 to 1",
            ));
        }
        let bound = shape.height.min(shape.width);
        match self.crop_padding < bound {
            true => Ok(()),
            false => {
                let problem = format!("a crop of images of shape {shape} could miss the image");
                let remedy = format!("give at most {}", bound.saturating_sub(1));
                Err(Error::parameter(
                    "crop-padding",
                    self.crop_padding,
                    problem,
                    remedy,
                ))
            }
        }
    }

    /// Whether nothing but mirroring happens.
    pub(crate) fn only_mirrors(&self) -> bool {
        self.crop_padding == 0
    }

    /// Whether nothing happens.
    pub(crate) fn is_none(&self) -> bool {
        self.only_mirrors() && self.mirror == 0.0
    }

    /// What happens to image `index` of the dataset in `epoch`.
    pub(crate) fn place(&self, seed: Seed, epoch: u64, index: u32) -> Placement {
        if self.is_none() {
            return Placement {
                mirror: false,
                shift: [0, 0],
            };
        }
        let mut stream = seed.stream("augment", (epoch << 32) ^ u64::from(index));
        let mirror = stream.random::<f64>() < self.mirror;
        let padding = self.crop_padding as i32;
        let mut shift = || stream.random_range(-padding..=padding) as isize;
        Placement {
            mirror,
            shift: [shift(), shift()],
        }
    }
}

impl Placement {
    /// Writes the crop of an image of bytes, values in [0, 1].
    pub(crate) fn write(&self, pixels: &[u8], shape: ImageShape, out: &mut [f32]) {
        let lines = out.chunks_exact_mut(shape.width).enumerate();
        for (row, line) in lines {
            let (channel, y) = (row / shape.height, row % shape.height);
            let source = y.checked_add_signed(self.shift[0]).filter(|&y| y < shape.height);
            match source {
                Some(y) => {
                    let start = (channel * shape.height + y) * shape.width;
                    self.line(&pixels[start..start + shape.width], line);
                }
                None => line.fill(0.0),
            }
        }
    }

    fn line(&self, source: &[u8], line: &mut [f32]) {
        for (x, value) in line.iter_mut().enumerate() {
            let pixel = x.checked_add_signed(self.shift[1]).and_then(|x| source.get(x));
            *value = pixel.map_or(0.0, |&byte| unit(byte));
        }
        if self.mirror {
            line.reverse();
        }
    }
}

/// Copies an image, mirrored if asked; `width` is that of the image.
pub(crate) fn copy_mirrored(image: &[f32], width: usize, mirror: bool, out: &mut [f32]) {
    out.copy_from_slice(image);
    if mirror {
        out.chunks_exact_mut(width).for_each(<[f32]>::reverse);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHAPE: ImageShape = ImageShape::new(1, 2, 3);
    const PIXELS: [u8; 6] = [51, 102, 153, 204, 255, 0];

    fn write(mirror: bool, shift: [isize; 2]) -> Vec<f32> {
        let mut out = vec![f32::NAN; 6];
        Placement { mirror, shift }.write(&PIXELS, SHAPE, &mut out);
        out
    }

    #[test]
    fn crops_move_the_image_and_fill_with_zeros() {
        assert_eq!(write(false, [0, 0]), [0.2, 0.4, 0.6, 0.8, 1.0, 0.0]);
        assert_eq!(write(false, [1, -1]), [0.0, 0.8, 1.0, 0.0, 0.0, 0.0]);
        assert_eq!(write(true, [-1, 1]), [0.0, 0.0, 0.0, 0.0, 0.6, 0.4]);
    }

    proptest! {
        #[test]
        fn half_of_all_images_are_mirrored_and_each_epoch_draws_anew(seed: u64) {
            let spec = AugmentSpec { mirror: 0.5, crop_padding: 2 };
            let draw = |epoch| (0..2000).map(|index| spec.place(Seed::new(seed), epoch, index)).collect::<Vec<_>>();
            let first = draw(0);
            prop_assert_eq!(&first, &draw(0));
            prop_assert_ne!(&first, &draw(1));
            let mirrored = first.iter().filter(|place| place.mirror).count();
            prop_assert!((850..1150).contains(&mirrored));
            prop_assert!(first.iter().all(|place| place.shift.iter().all(|shift| shift.abs() <= 2)));
        }
    }

    #[test]
    fn impossible_options_are_refused() {
        let check = |mirror, crop_padding| AugmentSpec { mirror, crop_padding }.check(SHAPE);
        assert!(check(1.0, 1).is_ok());
        assert!(check(1.5, 0).unwrap_err().to_string().starts_with("mirror = 1.5"));
        assert!(check(f64::NAN, 0).is_err());
        assert!(check(0.0, 2).unwrap_err().to_string().contains("give at most 1"));
    }
}
