//! Data augmentation: random changes of training images that keep their class.

mod color;
mod geometry;
mod place;
#[cfg(test)]
mod tests;

pub use color::ColorJitter;
pub use geometry::{Affine, Resize};
pub(crate) use place::{Placement, copy_mirrored};

use hebb_core::Seed;
use rand::RngExt;

use crate::error::ensure;
use crate::{Error, ImageShape, Result};

crate::options! {
    /// Data augmentation options.
    ///
    /// The augmentation of an image depends only on the seed, the epoch and its index in the dataset, not on the batch,
    /// the order or the number of threads.
    ///
    /// | option | default | range | meaning |
    /// |---|---|---|---|
    /// | `jitter` | none | | changes of colour, one after the other; see [`ColorJitter`] |
    /// | `resize` | none | | sides that grow or shrink; see [`Resize`] |
    /// | `affine` | none | | rotation, translation, scale and shear; see [`Affine`] |
    /// | `crop-padding` | 0 | below the image's sides | zeros added on every side before a crop of the old size |
    /// | `crop-probability` | 1 | 0 to 1 | probability of a random crop; otherwise the crop is central |
    /// | `mirror` | 0 | 0 to 1 | the probability of a horizontal mirror image |
    ///
    /// They apply in this order. Resize, affine map and crop are one bilinear resampling without smoothing; zeros
    /// surround the image. Amato et al. 2019 augment the images of their 100-epoch runs as follows (from the authors'
    /// code, which resizes by whole pixels, up to 6 of 48, and whose affine map takes the nearest pixel):
    ///
    /// ```toml
    /// mirror = 0.5
    /// crop-padding = 4
    /// crop-probability = 0.5
    /// jitter = [
    ///     { probability = 0.5, brightness = 0.1, contrast = 0.1, saturation = 0.1, hue = 0.0556 },
    ///     { probability = 0.5, saturation = 1.0 },
    /// ]
    /// resize = { probability = 0.3, share = 0.125 }
    /// affine = { probability = 0.3, degrees = 10.0, shear = 10.0 }
    /// ```
    #[derive(Clone, Debug, PartialEq)]
    pub struct AugmentSpec {
        /// Probability of a horizontal mirror image.
        pub mirror: f64 = 0.0,
        /// Zeros added on every side before cropping.
        pub crop_padding: usize = 0,
        /// Probability of a random crop.
        pub crop_probability: f64 = 1.0,
        /// Changes of colour, one after the other.
        #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Vec::is_empty"))]
        pub jitter: Vec<ColorJitter> = Vec::new(),
        /// Sides that grow or shrink.
        #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
        pub resize: Option<Resize> = None,
        /// Rotation, translation, scale and shear.
        #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
        pub affine: Option<Affine> = None,
    }
}

impl AugmentSpec {
    /// Checks every option for images of shape `shape`.
    pub(crate) fn check(&self, shape: ImageShape) -> Result<()> {
        probability("mirror", self.mirror)?;
        probability("crop-probability", self.crop_probability)?;
        self.jitter.iter().try_for_each(|jitter| jitter.check(shape))?;
        self.resize.iter().try_for_each(Resize::check)?;
        self.affine.iter().try_for_each(Affine::check)?;
        let bound = shape.height.min(shape.width);
        ensure(self.crop_padding < bound, || {
            let most = bound.saturating_sub(1);
            let problem =
                format!("a crop of images of shape {shape} could miss the image; give at most {most}");
            Error::parameter("crop-padding", self.crop_padding, problem)
        })
    }

    /// Returns true if nothing but mirroring is enabled.
    pub(crate) fn only_mirrors(&self) -> bool {
        let stays = self.resize.is_none() && self.affine.is_none() && self.jitter.is_empty();
        stays && self.crop_padding == 0
    }

    /// Returns true if nothing is enabled.
    pub(crate) fn is_none(&self) -> bool {
        self.only_mirrors() && self.mirror == 0.0
    }

    /// Draws the augmentation of image `index` of the dataset in `epoch`.
    pub(crate) fn place(&self, seed: Seed, epoch: u64, index: u32) -> Placement {
        if self.is_none() {
            return Placement::default();
        }
        let mut stream = seed.stream("augment", (epoch << 32) ^ u64::from(index));
        let mirror = stream.random::<f64>() < self.mirror;
        let padding = self.crop_padding as i32;
        let mut shift = [0, 0].map(|_: isize| stream.random_range(-padding..=padding) as isize);
        if self.crop_probability < 1.0 && stream.random::<f64>() >= self.crop_probability {
            shift = [0, 0];
        }
        let resize = self.resize.and_then(|resize| resize.draw(&mut stream));
        let affine = self.affine.and_then(|affine| affine.draw(&mut stream));
        let jitter = self.jitter.iter();
        Placement {
            mirror,
            shift,
            colors: jitter.flat_map(|jitter| jitter.draw(&mut stream)).collect(),
            map: geometry::after(resize, affine),
        }
    }
}

/// Checks that `value` is a probability.
fn probability(key: &'static str, value: f64) -> Result<()> {
    ensure((0.0..=1.0).contains(&value), || {
        Error::parameter(key, value, "it is not a probability; give 0 to 1")
    })
}

/// Checks that `value` lies in `range`.
fn within(key: &'static str, value: f64, range: std::ops::RangeInclusive<f64>) -> Result<()> {
    ensure(range.contains(&value), || {
        let problem = format!("it is out of range; give {} to {}", range.start(), range.end());
        Error::parameter(key, value, problem)
    })
}
