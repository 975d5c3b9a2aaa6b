//! Features of a layer's output: means over a grid, or every position.

use crate::error::{Error, Result};
use crate::geometry::ImageShape;
use ndarray::Array2;
use std::ops::Range;

/// The map from a layer's output to features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields, rename_all = "kebab-case")
)]
pub struct FeatureMap {
    /// Cells per side of the grid of means; 0 keeps every position.
    pub grid: usize,
    /// Takes the normalised input of the next layer instead of the output, if there is a next layer.
    pub as_next_input: bool,
}

impl FeatureMap {
    /// Number of features F of an image of this shape.
    pub fn len(&self, shape: ImageShape) -> usize {
        if self.grid == 0 {
            shape.len()
        } else {
            shape.channels * self.grid * self.grid
        }
    }

    /// Returns true if there are no features.
    pub fn is_empty(&self, shape: ImageShape) -> bool {
        self.len(shape) == 0
    }
}

/// Features (B, F) of images (B, H, W, C): the mean of each channel over the cells of a grid, ordered (cell, C).
///
/// The cells are those of PyTorch's adaptive average pooling: they overlap if the grid does not divide the image.
/// A grid of 0 keeps every position.
///
/// # Errors
/// [`Error::Geometry`] if the grid is finer than the image.
pub fn grid_means(values: &[f32], shape: ImageShape, grid: usize) -> Result<Array2<f32>> {
    let ImageShape {
        channels,
        height,
        width,
    } = shape;
    if grid > height.min(width) {
        let detail = format!(
            "a grid of {grid} is finer than the layer's output of {height}×{width}; use at most {}",
            height.min(width)
        );
        return Err(Error::Geometry {
            what: "the readout",
            detail,
        });
    }
    let (rows, columns) = if grid == 0 { (height, width) } else { (grid, grid) };
    let images = values.len() / shape.len().max(1);
    let mut features = Vec::with_capacity(images * rows * columns * channels);
    for image in values.chunks_exact(shape.len().max(1)) {
        for cell in 0..rows * columns {
            let (i, j) = (
                span(cell / columns, rows, height),
                span(cell % columns, columns, width),
            );
            features.extend(cell_mean(image, shape, i, j));
        }
    }
    let found = features.len();
    Array2::from_shape_vec((images, rows * columns * channels), features).map_err(|_| {
        Error::shape(
            "the readout's features",
            images * rows * columns * channels,
            found,
        )
    })
}

/// The mean of each channel over the pixels of `rows`×`columns`.
fn cell_mean(image: &[f32], shape: ImageShape, rows: Range<usize>, columns: Range<usize>) -> Vec<f32> {
    let count = (rows.len() * columns.len()) as f32;
    let mut mean = vec![0.0; shape.channels];
    for row in rows {
        let start = (row * shape.width + columns.start) * shape.channels;
        for pixel in image[start..start + columns.len() * shape.channels].chunks_exact(shape.channels) {
            mean.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += value);
        }
    }
    mean.iter_mut().for_each(|sum| *sum /= count);
    mean
}

fn span(cell: usize, cells: usize, length: usize) -> Range<usize> {
    cell * length / cells..((cell + 1) * length).div_ceil(cells)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensors::channels_last;
    use ndarray::Array4;

    #[test]
    fn cells_overlap_where_the_grid_does_not_divide_the_image() {
        let images = Array4::from_shape_fn((1, 2, 3, 3), |(_, c, i, j)| (c * 100 + i * 3 + j) as f32);
        let features = grid_means(&channels_last(images.view()), ImageShape::new(2, 3, 3), 2).unwrap();
        assert_eq!(
            features.as_slice().unwrap(),
            [2.0, 102.0, 3.0, 103.0, 5.0, 105.0, 6.0, 106.0]
        );
    }

    #[test]
    fn a_grid_of_zero_keeps_every_value() {
        let (values, shape) = ([0., 1., 2., 3., 4., 5., 6., 7.], ImageShape::new(2, 2, 1));
        assert_eq!(grid_means(&values, shape, 0).unwrap().as_slice().unwrap(), values);
        assert!(grid_means(&values, shape, 2).is_err());
        assert_eq!(
            FeatureMap {
                grid: 0,
                as_next_input: false
            }
            .len(shape),
            4
        );
    }
}
