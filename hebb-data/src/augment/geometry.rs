//! Geometric augmentation: random resizes and affine maps, resampled bilinearly.

use hebb_core::seed::Stream;
use rand::RngExt;

use super::{probability, within};
use crate::error::ensure;
use crate::{Error, ImageShape, Result};

crate::options! {
    /// A random resize about the centre of the image, independent in height and width.
    ///
    /// | option | default | range | meaning |
    /// |---|---|---|---|
    /// | `probability` | 1 | 0 to 1 | probability that the resize applies |
    /// | `share` | 0 | 0 to 0.9 | each side is scaled by a factor uniform in 1 ± share |
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Resize {
        /// Probability that the resize applies.
        pub probability: f64 = 1.0,
        /// Largest relative change of a side.
        pub share: f64 = 0.0,
    }
}

crate::options! {
    /// A random affine map about the centre of the image: shear, then scale, rotation and translation.
    ///
    /// | option | default | range | meaning |
    /// |---|---|---|---|
    /// | `probability` | 1 | 0 to 1 | probability that the map applies |
    /// | `degrees` | 0 | 0 to 180 | largest rotation in degrees; the angle is uniform in ± degrees |
    /// | `translate` | 0 | 0 to 1 | largest translation, relative to each side |
    /// | `scale` | [1, 1] | 0.1 to 10 | smallest and largest scale factor |
    /// | `shear` | 0 | 0 to 80 | largest shear angle in degrees; columns shift by tan(angle) of the height |
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Affine {
        /// Probability that the map applies.
        pub probability: f64 = 1.0,
        /// Largest rotation, in degrees.
        pub degrees: f64 = 0.0,
        /// Largest translation, relative to each side.
        pub translate: f64 = 0.0,
        /// Smallest and largest scale factor.
        pub scale: [f64; 2] = [1.0, 1.0],
        /// Largest shear angle, in degrees.
        pub shear: f64 = 0.0,
    }
}

/// An affine map from output to source coordinates, (row, column) relative to the centre.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Map {
    matrix: [[f64; 2]; 2],
    /// Translation before the matrix applies, relative to each side.
    shift: [f64; 2],
}

impl Resize {
    pub(super) fn check(&self) -> Result<()> {
        probability("probability", self.probability)?;
        within("share", self.share, 0.0..=0.9)
    }

    pub(super) fn draw(self, stream: &mut Stream) -> Option<Map> {
        let mut side = || (1.0 + self.share * symmetric(stream)).recip();
        let (height, width) = (side(), side());
        let map = Map {
            matrix: [[height, 0.0], [0.0, width]],
            shift: [0.0, 0.0],
        };
        (stream.random::<f64>() < self.probability).then_some(map)
    }
}

impl Affine {
    pub(super) fn check(&self) -> Result<()> {
        probability("probability", self.probability)?;
        within("degrees", self.degrees, 0.0..=180.0)?;
        within("translate", self.translate, 0.0..=1.0)?;
        within("shear", self.shear, 0.0..=80.0)?;
        let [least, most] = self.scale;
        self.scale
            .iter()
            .try_for_each(|&scale| within("scale", scale, 0.1..=10.0))?;
        ensure(least <= most, || {
            let problem = "the smallest factor exceeds the largest; give [smallest, largest]";
            Error::parameter("scale", format!("[{least}, {most}]"), problem)
        })
    }

    pub(super) fn draw(self, stream: &mut Stream) -> Option<Map> {
        let angle = (self.degrees * symmetric(stream)).to_radians();
        let shear = (self.shear * symmetric(stream)).to_radians().tan();
        let [least, most] = self.scale;
        let scale = least + (most - least) * stream.random::<f64>();
        let shift = [0, 1].map(|_| -self.translate * symmetric(stream));
        let map = Map {
            matrix: inverse(angle, shear, scale),
            shift,
        };
        (stream.random::<f64>() < self.probability).then_some(map)
    }
}

/// A number uniform in ±1.
fn symmetric(stream: &mut Stream) -> f64 {
    2.0 * stream.random::<f64>() - 1.0
}

/// The inverse of a shear of columns, a scale and a rotation, in this order.
fn inverse(angle: f64, shear: f64, scale: f64) -> [[f64; 2]; 2] {
    let (sin, cos) = angle.sin_cos();
    // The inverse rotation and scale, then column −= shear·row.
    let back = [[cos / scale, sin / scale], [-sin / scale, cos / scale]];
    [
        back[0],
        [back[1][0] - shear * back[0][0], back[1][1] - shear * back[0][1]],
    ]
}

/// The composition of a resize and an affine map.
pub(super) fn after(resize: Option<Map>, affine: Option<Map>) -> Option<Map> {
    match (resize, affine) {
        (Some(resize), Some(affine)) => {
            let [[height, _], [_, width]] = resize.matrix;
            let [above, below] = affine.matrix;
            Some(Map {
                matrix: [
                    above.map(|value| height * value),
                    below.map(|value| width * value),
                ],
                shift: affine.shift,
            })
        }
        (map, None) | (None, map) => map,
    }
}

impl Map {
    /// The identity.
    pub(super) const IDENTITY: Self = Self {
        matrix: [[1.0, 0.0], [0.0, 1.0]],
        shift: [0.0, 0.0],
    };

    /// Resamples `source` into `out`, shifted by `shift` pixels (rows, columns); zeros surround the source.
    pub(super) fn write(&self, source: &[f32], shape: ImageShape, shift: [isize; 2], out: &mut [f32]) {
        let ImageShape { height, width, .. } = shape;
        let middle = [height, width].map(|side| 0.5 * (side as f64 - 1.0));
        let sides = [height as f64, width as f64];
        let places = out.chunks_exact_mut(height * width);
        for (plane, target) in source.chunks_exact(height * width).zip(places) {
            for (at, value) in target.iter_mut().enumerate() {
                let pixel = [at / width, at % width];
                let from = [0, 1].map(|axis| {
                    let moved = pixel[axis] as f64 + shift[axis] as f64 - middle[axis];
                    moved + self.shift[axis] * sides[axis]
                });
                let [row, column] = [0, 1].map(|axis| {
                    let [a, b] = self.matrix[axis];
                    a * from[0] + b * from[1] + middle[axis]
                });
                *value = bilinear(plane, [height, width], row, column);
            }
        }
    }
}

/// The bilinear interpolation of `plane`; zero outside of it.
fn bilinear(plane: &[f32], [height, width]: [usize; 2], row: f64, column: f64) -> f32 {
    let (above, left) = (row.floor(), column.floor());
    let (down, right) = ((row - above) as f32, (column - left) as f32);
    let pixel = |row: f64, column: f64| {
        let inside = row >= 0.0 && column >= 0.0 && row < height as f64 && column < width as f64;
        if inside {
            plane[row as usize * width + column as usize]
        } else {
            0.0
        }
    };
    let line = |row: f64| (1.0 - right) * pixel(row, left) + right * pixel(row, left + 1.0);
    (1.0 - down) * line(above) + down * line(above + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: ImageShape = ImageShape::new(1, 3, 3);
    const IMAGE: [f32; 9] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];

    fn written(map: Map) -> Vec<f32> {
        let mut out = vec![f32::NAN; 9];
        map.write(&IMAGE, SHAPE, [0, 0], &mut out);
        out
    }

    fn affine(angle: f64, shear: f64, scale: f64) -> Map {
        Map {
            matrix: inverse(angle.to_radians(), shear, scale),
            shift: [0.0, 0.0],
        }
    }

    fn assert_approx_eq(found: &[f32], expected: &[f32]) {
        let equal = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(equal, "{found:?}, not {expected:?}");
    }

    #[test]
    fn known_maps_move_known_images() {
        assert_approx_eq(&written(Map::IDENTITY), &IMAGE);
        assert_approx_eq(
            &written(affine(90.0, 0.0, 1.0)),
            &[3.0, 6.0, 9.0, 2.0, 5.0, 8.0, 1.0, 4.0, 7.0],
        );
        // Twice as large: between the middle and its neighbours.
        assert_approx_eq(
            &written(affine(0.0, 0.0, 2.0)),
            &[3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0],
        );
        // Rows above the middle move left, those below move right.
        assert_approx_eq(
            &written(affine(0.0, 1.0, 1.0)),
            &[2.0, 3.0, 0.0, 4.0, 5.0, 6.0, 0.0, 7.0, 8.0],
        );
        let down = Map {
            shift: [-1.0 / 3.0, 0.0],
            ..Map::IDENTITY
        };
        assert_approx_eq(&written(down), &[0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    }

    #[test]
    fn resize_applies_before_the_affine_map() {
        let wide = Map {
            matrix: [[1.0, 0.0], [0.0, 0.5]],
            ..Map::IDENTITY
        };
        let both = after(Some(wide), Some(affine(90.0, 0.0, 1.0))).unwrap();
        // Twice as wide, [1.5 2 2.5; …], then turned.
        assert_approx_eq(&written(both), &[2.5, 5.5, 8.5, 2.0, 5.0, 8.0, 1.5, 4.5, 7.5]);
        assert_eq!(after(Some(wide), None), Some(wide));
        assert_eq!(after(None, None), None);
    }
}
