//! Whitening fitted to patches.

use hebb_core::Seed;
use ndarray::{Array1, Array2};

use super::options::{Divisor, check_count, check_features, check_kernel};
use super::rows::{PatchRows, draw};
use super::whitening::{Mean, Whitening};
use crate::transform::check_epsilon;
use crate::{ImageShape, ImageSource, Result};

/// Options of a patch fit.
pub(super) struct PatchFit {
    pub(super) kernel: [usize; 2],
    pub(super) images: Option<usize>,
    pub(super) per_image: usize,
    pub(super) epsilon: f64,
    pub(super) mean: Option<Mean>,
    pub(super) mirror: bool,
}

impl PatchFit {
    /// Checks the options for images of shape `input`.
    pub(super) fn check(&self, name: &str, input: ImageShape) -> Result<()> {
        check_kernel(self.kernel, input)?;
        check_count("images", self.images)?;
        check_count("patches", Some(self.per_image))?;
        check_epsilon(self.epsilon)?;
        let features = input.channels * self.kernel[0] * self.kernel[1];
        check_features(name, features, "give a smaller kernel")
    }

    /// The mean of the patches and their whitening matrix, K×K.
    pub(super) fn run(
        &self,
        images: &dyn ImageSource,
        seed: Seed,
    ) -> Result<(Option<Array1<f32>>, Array2<f32>)> {
        let rows = PatchRows {
            images,
            positions: draw(images, self.images, seed),
            kernel: self.kernel,
            per_image: self.per_image,
            seed,
        };
        let whitening = Whitening {
            mean: self.mean,
            divisor: Divisor::Samples,
            epsilon: self.epsilon,
            mirror: self.mirror,
        };
        let [height, width] = self.kernel;
        whitening.fit(&rows, ImageShape::new(images.shape().channels, height, width))
    }
}
