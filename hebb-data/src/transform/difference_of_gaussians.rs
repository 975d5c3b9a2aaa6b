//! Difference of Gaussians: a band-pass filter with the centre and surround of retinal ganglion cells.

use ndarray::{Array2, ArrayView4, ArrayViewMut4};

use super::convolution::correlate;
use super::spec::Spec;
use super::{Tensors, Transform, parallel};
use crate::error::ensure;
use crate::{Error, ImageShape, Result};

const NAME: &str = "difference-of-gaussians";
const MAX_SIZE: usize = 65;

/// Truncation radius in standard deviations, SciPy's default for `gaussian_filter`.
const TRUNCATE: f64 = 4.0;

crate::options! {
    /// Options of [`DifferenceOfGaussians`]; the defaults are those of Miconi (2021).
    ///
    /// | option | default | range | meaning |
    /// |---|---|---|---|
    /// | `size` | 12 | 1 to 65 | rows and columns of the kernel |
    /// | `sigma-center` | 0.5 | above 0 | standard deviation of the added Gaussian, in pixels |
    /// | `sigma-surround` | 1.0 | above 0 | standard deviation of the subtracted Gaussian, in pixels |
    /// | `padding` | `size` / 2 | | rows and columns of zeros on every side |
    #[derive(Clone, Debug, PartialEq)]
    pub struct DifferenceOfGaussiansSpec {
        /// Rows and columns of the kernel.
        pub size: usize = 12,
        /// Standard deviation of the centre.
        pub sigma_center: f64 = 0.5,
        /// Standard deviation of the surround.
        pub sigma_surround: f64 = 1.0,
        /// Zeros on every side.
        pub padding: Option<usize> = None,
    }
}

/// Every channel correlated with the difference of two Gaussians around pixel (`size` / 2, `size` / 2) of the kernel:
/// (B, C, H, W) to (B, C, H', W'), H' = H + 2·padding − size + 1.
///
/// The kernel is SciPy's `gaussian_filter` of a single pixel, boundary mode `reflect`, once for each Gaussian. With an
/// even size it is not symmetric, and the result has one row and column more than the image.
#[derive(Clone, Debug)]
pub struct DifferenceOfGaussians {
    kernel: Array2<f32>,
    padding: usize,
}

impl DifferenceOfGaussiansSpec {
    fn check(&self) -> Result<()> {
        ensure((1..=MAX_SIZE).contains(&self.size), || {
            let problem = format!("the kernel size is out of range; give 1 to {MAX_SIZE}");
            Error::parameter("size", self.size, problem)
        })?;
        let sigmas = [
            ("sigma-center", self.sigma_center),
            ("sigma-surround", self.sigma_surround),
        ];
        let bound = self.size as f64;
        for (key, sigma) in sigmas {
            ensure(sigma > 0.0 && sigma <= bound, || {
                let remedy = format!("give more than 0 and at most {bound}, the size of the kernel");
                Error::parameter(
                    key,
                    sigma,
                    format!("the standard deviation is out of range; {remedy}"),
                )
            })?;
        }
        let padding = self.padding.unwrap_or_default();
        ensure(padding <= MAX_SIZE, || {
            let problem = format!("it is larger than any kernel; give 0 to {MAX_SIZE}");
            Error::parameter("padding", padding, problem)
        })
    }

    fn build(&self) -> Result<DifferenceOfGaussians> {
        self.check()?;
        let center = profile(self.size, self.sigma_center);
        let surround = profile(self.size, self.sigma_surround);
        let kernel = Array2::from_shape_fn((self.size, self.size), |(y, x)| {
            (center[y] * center[x] - surround[y] * surround[x]) as f32
        });
        let padding = self.padding.unwrap_or(self.size / 2);
        Ok(DifferenceOfGaussians { kernel, padding })
    }
}

impl Spec for DifferenceOfGaussiansSpec {
    fn restore(&self, input: ImageShape, _: &Tensors) -> Result<Box<dyn Transform>> {
        let transform = self.build()?;
        transform.output_shape(input)?;
        Ok(Box::new(transform))
    }
}

/// A unit impulse at `size` / 2, blurred by a Gaussian.
fn profile(size: usize, sigma: f64) -> Vec<f64> {
    let radius = (TRUNCATE * sigma + 0.5) as i64;
    let weight = |offset: i64| (-0.5 * (offset as f64 / sigma).powi(2)).exp();
    let total: f64 = (-radius..=radius).map(weight).sum();
    let at = |position: usize| {
        let reached = |&offset: &i64| reflect(position as i64 + offset, size as i64) == size as i64 / 2;
        (-radius..=radius).filter(reached).map(weight).sum::<f64>() / total
    };
    (0..size).map(at).collect()
}

/// The source of position `index` under the boundary mode `reflect`, (d c b a | a b c d | d c b a).
fn reflect(index: i64, size: i64) -> i64 {
    let folded = index.rem_euclid(2 * size);
    folded.min(2 * size - 1 - folded)
}

impl DifferenceOfGaussians {
    /// The kernel, size×size.
    pub fn kernel(&self) -> &Array2<f32> {
        &self.kernel
    }
}

impl Transform for DifferenceOfGaussians {
    fn name(&self) -> &'static str {
        NAME
    }

    fn output_shape(&self, input: ImageShape) -> Result<ImageShape> {
        let size = self.kernel.nrows();
        ensure(input.height.min(input.width) + 2 * self.padding >= size, || {
            let expected = format!("at least {size} padded rows and columns");
            Error::shape(NAME, expected, input, "give a smaller size or more padding")
        })?;
        let [height, width] = [input.height, input.width].map(|side| side + 2 * self.padding + 1 - size);
        Ok(ImageShape::new(input.channels, height, width))
    }

    fn apply(&self, input: ArrayView4<'_, f32>, output: ArrayViewMut4<'_, f32>) -> Result<()> {
        let (height, width) = (input.shape()[2], input.shape()[3]);
        let result_size = output.shape()[2] * output.shape()[3];
        parallel::each_image(self, input, output, |image, result| {
            result.fill(0.0);
            let results = result.chunks_exact_mut(result_size);
            for (plane, result) in image.chunks_exact(height * width).zip(results) {
                let (kernel, padding) = (self.kernel.view(), [self.padding; 2]);
                correlate(plane, (height, width), kernel, padding, result);
            }
        })
    }

    fn commutes_with_mirror(&self) -> bool {
        self.kernel.slice(ndarray::s![.., ..;-1]) == self.kernel
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kernel(size: usize, sigma_center: f64, sigma_surround: f64) -> Array2<f32> {
        let spec = DifferenceOfGaussiansSpec {
            size,
            sigma_center,
            sigma_surround,
            padding: None,
        };
        spec.build().unwrap().kernel
    }

    fn assert_approx_eq(found: ndarray::ArrayView1<'_, f32>, expected: &[f32]) {
        assert!(
            found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-7),
            "{found}"
        );
    }

    // The values of these tests are SciPy 1.17's: k = numpy.zeros((n, n)); k[n // 2, n // 2] = 1;
    // gaussian_filter(k, sigma_center) - gaussian_filter(k, sigma_surround)

    #[test]
    fn the_default_kernel_is_that_of_scipy() {
        let kernel = kernel(12, 0.5, 1.0);
        let tail = [
            0.0,
            0.0,
            -5.339_085e-5,
            -1.768_062_3e-3,
            -2.133_186e-2,
            -1.280_186_7e-2,
        ];
        assert_approx_eq(kernel.slice(ndarray::s![6, ..6]), &tail);
        assert_approx_eq(
            kernel.slice(ndarray::s![6, 6..8]),
            &[4.595_376_2e-1, -1.280_186_7e-2],
        );
        assert_approx_eq(
            kernel.slice(ndarray::s![5, 3..6]),
            &[-0.00107238, -0.01303622, -0.04721841],
        );
    }

    #[test]
    fn kernels_smaller_than_their_gaussians_reflect_them_as_scipy_does() {
        let odd = kernel(5, 1.0, 2.0);
        assert_approx_eq(
            odd.row(0),
            &[-0.03127607, -0.02408301, -0.01710954, -0.02408301, -0.03127607],
        );
        assert_approx_eq(
            odd.row(2),
            &[-0.01710954, 0.0520469, 0.11206548, 0.0520469, -0.01710954],
        );
        let even = kernel(4, 0.8, 3.0);
        assert_approx_eq(even.row(2), &[-0.04967841, 0.05147208, 0.18431649, 0.05844567]);
        assert_approx_eq(even.row(3), &[-0.05678341, -0.00693724, 0.05844567, -0.00551748]);
    }

    #[test]
    fn only_symmetric_kernels_commute_with_the_mirror() {
        let commutes = |size| {
            let spec = DifferenceOfGaussiansSpec {
                size,
                ..Default::default()
            };
            spec.restore(ImageShape::new(1, 9, 9), &Tensors::new())
                .unwrap()
                .commutes_with_mirror()
        };
        assert!(commutes(11) && !commutes(12));
    }

    #[test]
    fn the_default_adds_one_row_and_column() {
        let spec = DifferenceOfGaussiansSpec::default();
        let fitted = spec.restore(ImageShape::new(1, 32, 32), &Tensors::new()).unwrap();
        assert_eq!(
            fitted.output_shape(ImageShape::new(2, 32, 32)).unwrap(),
            ImageShape::new(2, 33, 33)
        );
    }
}
