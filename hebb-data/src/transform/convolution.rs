//! Correlation of one plane with one small kernel.

use ndarray::ArrayView2;

/// The range of results that a kernel of `kernel` values, its value `offset` over each, reads inside a side of `side`
/// values with `padding` zeros on both ends.
fn inside(side: usize, result: usize, offset: usize, padding: usize) -> std::ops::Range<usize> {
    let start = padding.saturating_sub(offset);
    let end = (side + padding).saturating_sub(offset).min(result);
    start.min(end)..end
}

/// Adds the correlation of `plane` (H×W) with `kernel` (kh×kw) to `result` (H'×W'), with `padding` zeros on every side
/// of the plane: H' = H + 2·padding − kh + 1. Sums run over the kernel, row by row.
pub(super) fn correlate(
    plane: &[f32],
    (height, width): (usize, usize),
    kernel: ArrayView2<'_, f32>,
    padding: [usize; 2],
    result: &mut [f32],
) {
    let result_height = height + 2 * padding[0] + 1 - kernel.nrows();
    let result_width = width + 2 * padding[1] + 1 - kernel.ncols();
    for ((dy, dx), &weight) in kernel.indexed_iter().filter(|(_, weight)| **weight != 0.0) {
        let columns = inside(width, result_width, dx, padding[1]);
        if columns.is_empty() {
            continue;
        }
        for y in inside(height, result_height, dy, padding[0]) {
            let first = (y + dy - padding[0]) * width + columns.start + dx - padding[1];
            let source = &plane[first..first + columns.len()];
            let target = &mut result[y * result_width..][columns.clone()];
            for (sum, x) in target.iter_mut().zip(source) {
                *sum += weight * x;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn results_are_sums_over_the_padded_plane(
            (height, width) in (1usize..7, 1usize..7),
            (kernel_height, kernel_width) in (1usize..6, 1usize..6),
            padding in [0usize..4, 0usize..4],
        ) {
            prop_assume!(height + 2 * padding[0] >= kernel_height && width + 2 * padding[1] >= kernel_width);
            let plane = Array2::from_shape_fn((height, width), |(y, x)| (y * 7 + x * 3) as f32 - 9.0);
            let kernel = Array2::from_shape_fn((kernel_height, kernel_width), |(y, x)| y as f32 - 2.0 * x as f32);
            let mut padded = Array2::zeros((height + 2 * padding[0], width + 2 * padding[1]));
            padded.slice_mut(ndarray::s![padding[0]..padding[0] + height, padding[1]..padding[1] + width]).assign(&plane);
            let expected: Vec<f32> = padded.windows(kernel.dim()).into_iter().map(|window| (&window * &kernel).sum()).collect();
            let mut result = vec![0.0; expected.len()];
            correlate(plane.as_slice().unwrap(), plane.dim(), kernel.view(), padding, &mut result);
            prop_assert_eq!(result, expected);
        }
    }
}
