//! Correlation of one image with a bank of kernels, as a matrix product.

use ndarray::{Array2, ArrayView2, ArrayViewMut2, linalg::general_mat_mul};

use crate::ImageShape;

/// A bank of kernels for images of one shape, stride 1, zero padding.
#[derive(Clone, Debug)]
pub(super) struct Bank {
    /// (N, K), K in the order (C, kh, kw).
    pub(super) kernels: Array2<f32>,
    /// Subtracted from each feature of a patch, K; padding stays 0.
    pub(super) mean: Option<Vec<f32>>,
    pub(super) kernel: [usize; 2],
    /// Rows and columns of zeros on every side.
    pub(super) padding: [usize; 2],
}

impl Bank {
    /// The shape of the result.
    pub(super) fn output_shape(&self, input: ImageShape) -> ImageShape {
        let size = |side, kernel, padding| side + 2 * padding + 1 - kernel;
        let height = size(input.height, self.kernel[0], self.padding[0]);
        let width = size(input.width, self.kernel[1], self.padding[1]);
        ImageShape::new(self.kernels.nrows(), height, width)
    }

    /// Correlates one image; `patches` is scratch memory.
    pub(super) fn apply(&self, image: &[f32], shape: ImageShape, patches: &mut Vec<f32>, result: &mut [f32]) {
        let output = self.output_shape(shape);
        let positions = output.height * output.width;
        let features = self.kernels.ncols();
        patches.resize(features * positions, 0.0);
        for (feature, row) in patches.chunks_exact_mut(positions).enumerate() {
            self.feature(image, shape, feature, output.width, row);
        }
        let (Ok(patches), Ok(mut result)) = (
            ArrayView2::from_shape((features, positions), patches),
            ArrayViewMut2::from_shape((output.channels, positions), result),
        ) else {
            unreachable!("both buffers have the sizes of the shapes");
        };
        // (N × K) · (K × positions)
        general_mat_mul(1.0, &self.kernels, &patches, 0.0, &mut result);
    }

    /// One feature of the patches at all positions.
    fn feature(&self, image: &[f32], shape: ImageShape, feature: usize, width: usize, row: &mut [f32]) {
        let [kernel_height, kernel_width] = self.kernel;
        let (dx, rest) = (feature % kernel_width, feature / kernel_width);
        let (dy, channel) = (rest % kernel_height, rest / kernel_height);
        let mean = self.mean.as_ref().map_or(0.0, |mean| mean[feature]);
        let plane = &image[channel * shape.height * shape.width..][..shape.height * shape.width];
        for (y, line) in row.chunks_exact_mut(width).enumerate() {
            let source = (y + dy)
                .checked_sub(self.padding[0])
                .filter(|&y| y < shape.height);
            let Some(source) = source.map(|y| &plane[y * shape.width..][..shape.width]) else {
                line.fill(0.0);
                continue;
            };
            for (x, value) in line.iter_mut().enumerate() {
                let pixel = (x + dx).checked_sub(self.padding[1]).and_then(|x| source.get(x));
                *value = pixel.map_or(0.0, |pixel| pixel - mean);
            }
        }
    }
}
