//! Random access to images, from which transforms are fitted.

use ndarray::{Array4, ArrayView4, ArrayViewMut4};

use crate::error::ensure;
use crate::{Error, ImageShape, Result};

/// Images with random access, read a few at a time so that fitting never holds all of them as f32.
pub trait ImageSource: Sync {
    /// The number of images.
    fn len(&self) -> usize;

    /// The shape of every image.
    fn shape(&self) -> ImageShape;

    /// Writes the images at `positions` to `out`, shape (positions, C, H, W) in standard layout.
    ///
    /// # Errors
    /// A position is out of range, a shape differs, or a value is not finite.
    fn read(&self, positions: &[usize], out: ArrayViewMut4<'_, f32>) -> Result<()>;

    /// Returns true if there are no images.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl ImageSource for Array4<f32> {
    fn len(&self) -> usize {
        self.shape()[0]
    }

    fn shape(&self) -> ImageShape {
        crate::shape::of(ndarray::ArrayBase::shape(self))
    }

    fn read(&self, positions: &[usize], mut out: ArrayViewMut4<'_, f32>) -> Result<()> {
        check_request(self, positions, &out)?;
        for (mut image, &position) in out.outer_iter_mut().zip(positions) {
            image.assign(&self.index_axis(ndarray::Axis(0), position));
        }
        check_finite("the images", out.view())
    }
}

/// Checks that every position exists and `out` has the shape of that many images.
pub(crate) fn check_request(
    source: &dyn ImageSource,
    positions: &[usize],
    out: &ArrayViewMut4<'_, f32>,
) -> Result<()> {
    let (shape, count) = (source.shape(), source.len());
    let expected = shape.batch(positions.len());
    ensure(out.dim() == expected, || {
        let (expected, found) = (format!("{expected:?}"), format!("{:?}", out.dim()));
        let remedy = "allocate it for as many images as there are positions";
        Error::shape("image buffer", expected, found, remedy)
    })?;
    let missing = positions.iter().find(|&&position| position >= count);
    missing.map_or(Ok(()), |position| {
        let bound = format!("below {count}");
        Err(Error::shape(
            "image position",
            bound,
            position,
            "request images that exist",
        ))
    })
}

/// Checks that every value is finite; the error names the first image that holds another.
pub(crate) fn check_finite(what: &str, images: ArrayView4<'_, f32>) -> Result<()> {
    for (image, values) in images.outer_iter().enumerate() {
        if let Some(&value) = values.iter().find(|value| !value.is_finite()) {
            return Err(Error::NonFinite {
                what: what.into(),
                value,
                image,
            });
        }
    }
    Ok(())
}
