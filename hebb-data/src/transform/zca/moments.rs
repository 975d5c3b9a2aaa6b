//! Mean and second moment of a data matrix too large for memory.

use ndarray::{Array1, Array2, ArrayView2, linalg::general_mat_mul, s};
use rayon::prelude::*;

use super::rows::SampleRows;
use crate::error::ensure;
use crate::{Error, Result};

/// Rows multiplied in f32 before their sum is added in f64.
const BLOCK: usize = 1024;

/// The mean of the rows.
pub(super) fn mean(rows: &dyn SampleRows) -> Result<Array1<f64>> {
    let mut sum = Array1::<f64>::zeros(rows.width());
    each_block(rows, |block| {
        for row in block.outer_iter() {
            sum.zip_mut_with(&row, |sum, &x| *sum += f64::from(x));
        }
    })?;
    Ok(sum / rows.len() as f64)
}

/// Σ (x − mean)(x − mean)ᵀ over the rows x.
pub(super) fn second_moment(rows: &dyn SampleRows, mean: Option<&Array1<f64>>) -> Result<Array2<f64>> {
    let mut tiles = tiles(rows.width());
    let mean = mean.map(|mean| mean.mapv(|x| x as f32));
    each_block(rows, |block| {
        if let Some(mean) = &mean {
            block.outer_iter_mut().for_each(|mut row| row -= mean);
        }
        let block = block.view();
        tiles.par_iter_mut().for_each(|tile| tile.add(block));
    })?;
    let moment = assemble(rows.width(), &tiles);
    ensure(moment.iter().all(|value| value.is_finite()), || {
        let remedy = "look for NaN, infinite or huge values in the training images";
        Error::numeric("covariance", format!("it is not finite; {remedy}"))
    })?;
    Ok(moment)
}

fn each_block(
    rows: &dyn SampleRows,
    mut work: impl FnMut(&mut ndarray::ArrayViewMut2<'_, f32>),
) -> Result<()> {
    let mut block = Array2::zeros((BLOCK.min(rows.len()), rows.width()));
    for start in (0..rows.len()).step_by(BLOCK) {
        let count = BLOCK.min(rows.len() - start);
        rows.read(start, block.slice_mut(s![..count, ..]))?;
        work(&mut block.slice_mut(s![..count, ..]));
    }
    Ok(())
}

/// One rectangle on or above the diagonal; tiles are the unit of parallel work, so the order of their sums is fixed.
struct Tile {
    row: usize,
    column: usize,
    product: Array2<f32>,
    sum: Array2<f64>,
}

impl Tile {
    /// Adds the product of a block with itself: (h × rows) · (rows × w).
    fn add(&mut self, block: ArrayView2<'_, f32>) {
        let (height, width) = self.sum.dim();
        let left = block.slice(s![.., self.row..self.row + height]);
        let right = block.slice(s![.., self.column..self.column + width]);
        general_mat_mul(1.0, &left.t(), &right, 0.0, &mut self.product);
        self.sum
            .zip_mut_with(&self.product, |sum, &x| *sum += f64::from(x));
    }
}

fn tiles(width: usize) -> Vec<Tile> {
    let size = tile_size(width);
    let tile = |row: usize, column: usize| {
        let dim = (size.min(width - row), size.min(width - column));
        Tile {
            row,
            column,
            product: Array2::zeros(dim),
            sum: Array2::zeros(dim),
        }
    };
    let of_row = |row| (row..width).step_by(size).map(move |column| tile(row, column));
    (0..width).step_by(size).flat_map(of_row).collect()
}

/// The side of a tile or the width of a column block: enough of them for all threads, each large enough for a fast product.
pub(super) fn tile_size(width: usize) -> usize {
    width.div_ceil(6).clamp(16, 512)
}

fn assemble(width: usize, tiles: &[Tile]) -> Array2<f64> {
    let mut whole = Array2::zeros((width, width));
    for tile in tiles {
        for ((row, column), &value) in tile.sum.indexed_iter() {
            let (row, column) = (tile.row + row, tile.column + column);
            whole[(row, column)] = value;
            whole[(column, row)] = value;
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Dense(Array2<f32>);

    impl SampleRows for Dense {
        fn len(&self) -> usize {
            self.0.nrows()
        }
        fn width(&self) -> usize {
            self.0.ncols()
        }
        fn read(&self, start: usize, mut out: ndarray::ArrayViewMut2<'_, f32>) -> Result<()> {
            let end = start + out.nrows();
            out.assign(&self.0.slice(s![start..end, ..]));
            Ok(())
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn the_tiled_moment_is_the_plain_product(rows in 1usize..3000, width in 1usize..50) {
            let data = Array2::from_shape_fn((rows, width), |(i, j)| ((i * 31 + j * 17) % 23) as f32 / 23.0);
            let rows = Dense(data.clone());
            let mean = mean(&rows).unwrap();
            let centred = data.mapv(f64::from) - &mean;
            let expected = centred.t().dot(&centred);
            let found = second_moment(&rows, Some(&mean)).unwrap();
            prop_assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= 1e-5 * centred.nrows() as f64));
        }
    }

    #[test]
    fn the_number_of_threads_does_not_change_a_bit() {
        let rows = Dense(Array2::from_shape_fn((2500, 70), |(i, j)| ((i * j) as f32).sin()));
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| second_moment(&rows, None).unwrap())
        };
        assert_eq!(with(1), with(3));
    }
}
