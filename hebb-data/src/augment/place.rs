//! The augmentation drawn for one image, and its application.

use super::color::Color;
use super::geometry::Map;
use crate::ImageShape;
use crate::view::unit;

/// The augmentation of one image in one epoch.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Placement {
    /// Mirrors the crop horizontally.
    pub(crate) mirror: bool,
    /// Offset (rows, columns) of the crop from the image's corner; negative in the padding.
    pub(super) shift: [isize; 2],
    /// Colour changes in order.
    pub(super) colors: Vec<Color>,
    /// The affine map, if any.
    pub(super) map: Option<Map>,
}

impl Placement {
    /// Writes the augmented image of bytes, values in [0, 1].
    pub(crate) fn write(&self, pixels: &[u8], shape: ImageShape, out: &mut [f32]) {
        if self.colors.is_empty() && self.map.is_none() {
            return self.crop(pixels, shape, out);
        }
        let mut source: Vec<f32> = pixels.iter().map(|&byte| unit(byte)).collect();
        for color in &self.colors {
            color.apply(&mut source, shape.channels);
        }
        let map = self.map.unwrap_or(Map::IDENTITY);
        map.write(&source, shape, self.shift, out);
        if self.mirror {
            out.chunks_exact_mut(shape.width).for_each(<[f32]>::reverse);
        }
    }

    fn crop(&self, pixels: &[u8], shape: ImageShape, out: &mut [f32]) {
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

/// Copies an image of this `width`, mirrored if `mirror` is set.
pub(crate) fn copy_mirrored(image: &[f32], width: usize, mirror: bool, out: &mut [f32]) {
    out.copy_from_slice(image);
    if mirror {
        out.chunks_exact_mut(width).for_each(<[f32]>::reverse);
    }
}
