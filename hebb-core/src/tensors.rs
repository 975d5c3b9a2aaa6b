//! Named arrays of saved layers, and conversions between PyTorch's layouts and the internal ones.
//!
//! Outside, kernels are (N, C, kh, kw) and images (B, C, H, W); inside, (N, kh, kw, C) and (B, H, W, C).

use crate::error::{Error, Result};
use crate::geometry::ConvGeometry;
use ndarray::{Array4, ArrayD, ArrayView4};
use std::collections::BTreeMap;

/// Arrays by name, as layers save and restore them.
pub type Tensors = BTreeMap<String, ArrayD<f32>>;

/// (N, C, kh, kw) as N rows in the order (kh, kw, C).
///
/// # Errors
/// [`Error::Shape`] if the array does not fit the convolution.
pub fn to_rows(conv: &ConvGeometry, what: &str, kernels: ArrayView4<'_, f32>) -> Result<Vec<f32>> {
    let [kh, kw] = conv.window().kernel;
    let expected = (conv.input().channels, kh, kw);
    let (_, channels, rows, columns) = kernels.dim();
    if (channels, rows, columns) != expected {
        return Err(Error::shape(
            what,
            format!(
                "(N, C, kh, kw) = (N, {channels}, {kh}, {kw})",
                channels = expected.0
            ),
            format!("{:?}", kernels.dim()),
        ));
    }
    Ok(kernels.permuted_axes([0, 2, 3, 1]).iter().copied().collect())
}

/// N rows in the order (kh, kw, C) as (N, C, kh, kw).
pub fn from_rows(conv: &ConvGeometry, units: usize, rows: &[f32]) -> Array4<f32> {
    let [kh, kw] = conv.window().kernel;
    let channels = conv.input().channels;
    Array4::from_shape_fn((units, channels, kh, kw), |(n, c, i, j)| {
        rows[((n * kh + i) * kw + j) * channels + c]
    })
}

/// Images (B, C, H, W) as (B, H, W, C).
pub fn channels_last(images: ArrayView4<'_, f32>) -> Vec<f32> {
    let mut values = Vec::new();
    channels_last_into(images, &mut values);
    values
}

/// [`channels_last`] into a reused vector.
pub(crate) fn channels_last_into(images: ArrayView4<'_, f32>, values: &mut Vec<f32>) {
    let (_, channels, height, width) = images.dim();
    values.resize(images.len(), 0.0);
    if images.is_empty() {
        return;
    }
    let targets = values.chunks_exact_mut(channels * height * width);
    for (image, target) in images.outer_iter().zip(targets) {
        for (channel, plane) in image.outer_iter().enumerate() {
            for (row, target) in plane.outer_iter().zip(target.chunks_exact_mut(width * channels)) {
                let pixels = target[channel..].iter_mut().step_by(channels);
                pixels.zip(row).for_each(|(pixel, value)| *pixel = *value);
            }
        }
    }
}

/// Values (B, H, W, C) as (B, C, H, W).
pub fn channels_first(values: &[f32], channels: usize, height: usize, width: usize) -> Array4<f32> {
    let images = values.len() / (channels * height * width).max(1);
    Array4::from_shape_fn((images, channels, height, width), |(b, c, i, j)| {
        values[((b * height + i) * width + j) * channels + c]
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{ImageShape, Window};

    #[test]
    fn kernels_survive_the_way_through_rows() {
        let window = Window {
            kernel: [2, 3],
            ..Window::square(1)
        };
        let conv = ConvGeometry::new(ImageShape::new(4, 5, 5), window).unwrap();
        let kernels =
            Array4::from_shape_fn((3, 4, 2, 3), |(n, c, i, j)| (n * 100 + c * 10 + i * 3 + j) as f32);
        let rows = to_rows(&conv, "w", kernels.view()).unwrap();
        assert_eq!(rows[1], kernels[[0, 1, 0, 0]]);
        assert_eq!(from_rows(&conv, 3, &rows), kernels);
        assert!(to_rows(&conv, "w", Array4::zeros((3, 4, 3, 2)).view()).is_err());
    }

    #[test]
    fn images_survive_the_way_through_channels_last() {
        let images = Array4::from_shape_fn((2, 3, 4, 5), |(b, c, i, j)| {
            (b * 1000 + c * 100 + i * 10 + j) as f32
        });
        assert_eq!(channels_first(&channels_last(images.view()), 3, 4, 5), images);
    }
}
