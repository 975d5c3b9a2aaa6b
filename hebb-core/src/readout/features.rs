use crate::error::{Error, Result};
use ndarray::{Array2, ArrayView4, Axis, Slice};

/// How a layer's output (B, C, H, W) becomes features (B, F).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields, rename_all = "kebab-case")
)]
pub struct FeatureMap {
    /// Means over a grid of so many cells a side; 0 keeps every position.
    pub grid: usize,
    /// Whether the features are what the next layer makes of the output (its normalised input), where there is one.
    pub as_next_input: bool,
}

/// The means (B, C·grid²) of each channel over the cells of a grid, ordered (C, row, column).
///
/// Cells are those of PyTorch's adaptive average pooling: they overlap where the grid does not divide the image.
/// A grid of 0 keeps every value.
///
/// # Errors
/// [`Error::Geometry`] if the grid is finer than the image.
pub fn grid_means(images: ArrayView4<'_, f32>, grid: usize) -> Result<Array2<f32>> {
    let (count, channels, height, width) = images.dim();
    if grid > height.min(width) {
        let detail = format!("a grid of {grid} is finer than the layer's output of {height}x{width}");
        return Err(Error::Geometry {
            what: "the readout",
            detail,
        });
    }
    let (rows, columns) = if grid == 0 { (height, width) } else { (grid, grid) };
    let mut features = Array2::zeros((count, channels * rows * columns));
    for (image, mut features) in images.outer_iter().zip(features.axis_iter_mut(Axis(0))) {
        let cells = (0..channels).flat_map(|c| (0..rows * columns).map(move |cell| (c, cell)));
        for (value, (channel, cell)) in features.iter_mut().zip(cells) {
            let (top, bottom) = span(cell / columns, rows, height);
            let (left, right) = span(cell % columns, columns, width);
            let plane = image.index_axis(Axis(0), channel);
            let band = plane.slice_axis(Axis(0), Slice::from(top..bottom));
            let block = band.slice_axis(Axis(1), Slice::from(left..right));
            *value = block.sum() / block.len() as f32;
        }
    }
    Ok(features)
}

fn span(cell: usize, cells: usize, length: usize) -> (usize, usize) {
    (cell * length / cells, ((cell + 1) * length).div_ceil(cells))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array4;

    #[test]
    fn cells_overlap_where_the_grid_does_not_divide_the_image() {
        let images = Array4::from_shape_fn((1, 2, 3, 3), |(_, c, i, j)| (c * 100 + i * 3 + j) as f32);
        let features = grid_means(images.view(), 2).unwrap();
        assert_eq!(
            features.as_slice().unwrap(),
            [2.0, 3.0, 5.0, 6.0, 102.0, 103.0, 105.0, 106.0]
        );
    }

    #[test]
    fn a_grid_of_zero_keeps_every_value() {
        let images = Array4::from_shape_fn((2, 2, 2, 1), |(b, c, i, _)| (b * 4 + c * 2 + i) as f32);
        assert_eq!(
            grid_means(images.view(), 0).unwrap().as_slice().unwrap(),
            [0., 1., 2., 3., 4., 5., 6., 7.]
        );
        assert!(grid_means(images.view(), 2).is_err());
    }
}
