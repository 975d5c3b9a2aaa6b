//! The data matrix of a fit, read in blocks of rows.

use hebb_core::Seed;
use ndarray::{Array4, ArrayViewMut2};
use rand::RngExt;

use crate::{Error, ImageShape, ImageSource, Result};

/// A data matrix with one sample per row.
pub(super) trait SampleRows {
    /// The number of samples.
    fn len(&self) -> usize;

    /// The number of features.
    fn width(&self) -> usize;

    /// Writes the rows from `start` on to `out`, which has standard layout.
    fn read(&self, start: usize, out: ArrayViewMut2<'_, f32>) -> Result<()>;
}

/// The positions of at most `limit` of the images, drawn without replacement.
pub(super) fn draw(images: &dyn ImageSource, limit: Option<usize>, seed: Seed) -> Vec<usize> {
    let count = images.len();
    match limit {
        Some(limit) if limit < count => {
            let mut stream = seed.stream("whitening images", 0);
            let mut positions = rand::seq::index::sample(&mut stream, count, limit).into_vec();
            positions.sort_unstable();
            positions
        }
        _ => (0..count).collect(),
    }
}

/// Whole images, features in the order (C, H, W).
pub(super) struct ImageRows<'a> {
    pub(super) images: &'a dyn ImageSource,
    pub(super) positions: Vec<usize>,
}

impl SampleRows for ImageRows<'_> {
    fn len(&self) -> usize {
        self.positions.len()
    }

    fn width(&self) -> usize {
        self.images.shape().len()
    }

    fn read(&self, start: usize, out: ArrayViewMut2<'_, f32>) -> Result<()> {
        let count = out.nrows();
        let images = out.into_shape_with_order(self.images.shape().batch(count));
        let images = images.map_err(|cause| {
            let what = "rows of a covariance";
            Error::shape(what, "standard layout", cause, "report this as a bug")
        })?;
        self.images.read(&self.positions[start..start + count], images)
    }
}

/// Patches at random places, the same number from each image, features in the order (C, kh, kw).
pub(super) struct PatchRows<'a> {
    pub(super) images: &'a dyn ImageSource,
    pub(super) positions: Vec<usize>,
    pub(super) kernel: [usize; 2],
    pub(super) per_image: usize,
    pub(super) seed: Seed,
}

impl SampleRows for PatchRows<'_> {
    fn len(&self) -> usize {
        self.positions.len() * self.per_image
    }

    fn width(&self) -> usize {
        self.images.shape().channels * self.kernel[0] * self.kernel[1]
    }

    fn read(&self, start: usize, mut out: ArrayViewMut2<'_, f32>) -> Result<()> {
        let first = start / self.per_image;
        let last = (start + out.nrows()).div_ceil(self.per_image);
        let shape = self.images.shape();
        let mut images = Array4::zeros(shape.batch(last - first));
        self.images
            .read(&self.positions[first..last], images.view_mut())?;
        let places: Vec<_> = (first..last)
            .flat_map(|index| self.places(index, shape))
            .collect();
        let skipped = start - first * self.per_image;
        let [height, width] = self.kernel;
        for (offset, mut row) in out.outer_iter_mut().enumerate() {
            let (y, x) = places[skipped + offset];
            let image = images.index_axis(ndarray::Axis(0), (start + offset) / self.per_image - first);
            let patch = image.slice(ndarray::s![.., y..y + height, x..x + width]);
            row.iter_mut()
                .zip(patch)
                .for_each(|(value, &pixel)| *value = pixel);
        }
        Ok(())
    }
}

impl PatchRows<'_> {
    /// The patch positions of one image, from a random stream per image, so that blocks can be read in any order.
    fn places(&self, index: usize, shape: ImageShape) -> Vec<(usize, usize)> {
        let mut stream = self
            .seed
            .stream("whitening patches", self.positions[index] as u64);
        let [height, width] = self.kernel;
        let mut place = || {
            let y = stream.random_range(0..=shape.height - height);
            (y, stream.random_range(0..=shape.width - width))
        };
        (0..self.per_image).map(|_| place()).collect()
    }
}
