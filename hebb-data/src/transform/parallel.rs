//! Parallel application of a transform, image by image.

use ndarray::{ArrayView4, ArrayViewMut4};
use rayon::prelude::*;

use super::Transform;
use crate::error::ensure;
use crate::{Error, ImageShape, Result};

/// Calls `work` with the values of each image and of its result; `output` must have `transform`'s shape.
pub(super) fn each_image(
    transform: &dyn Transform,
    input: ArrayView4<'_, f32>,
    output: ArrayViewMut4<'_, f32>,
    work: impl Fn(&[f32], &mut [f32]) + Sync,
) -> Result<()> {
    each_image_with(
        transform,
        input,
        output,
        || (),
        |(), image, result| work(image, result),
    )
}

/// [`each_image`] with scratch memory that several images share.
pub(super) fn each_image_with<S>(
    transform: &dyn Transform,
    input: ArrayView4<'_, f32>,
    mut output: ArrayViewMut4<'_, f32>,
    scratch: impl Fn() -> S + Sync + Send,
    work: impl Fn(&mut S, &[f32], &mut [f32]) + Sync,
) -> Result<()> {
    let (from, to) = check_shapes(transform, &input, &output)?;
    let (Some(input), Some(output)) = (input.to_slice(), output.as_slice_mut()) else {
        return Err(not_contiguous(transform));
    };
    let images = input
        .par_chunks_exact(from.len())
        .zip(output.par_chunks_exact_mut(to.len()));
    let images = images.with_min_len(4);
    images.for_each_init(scratch, |scratch, (image, result)| work(scratch, image, result));
    Ok(())
}

/// The shapes of the images in `input` and `output`, checked against the transform's output shape.
pub(super) fn check_shapes(
    transform: &dyn Transform,
    input: &ArrayView4<'_, f32>,
    output: &ArrayViewMut4<'_, f32>,
) -> Result<(ImageShape, ImageShape)> {
    let from = crate::shape::of(input.shape());
    let to = transform.output_shape(from)?;
    let expected = to.batch(input.shape()[0]);
    ensure(output.dim() == expected, || {
        let (expected, found) = (format!("{expected:?}"), format!("{:?}", output.dim()));
        let what = format!("output of {}", transform.name());
        Error::shape(what, expected, found, "size the buffer with output_shape")
    })?;
    Ok((from, to))
}

/// The error for arrays that are not in standard layout.
pub(super) fn not_contiguous(transform: &dyn Transform) -> Error {
    let what = format!("arrays of {}", transform.name());
    let remedy = "make them contiguous with as_standard_layout";
    Error::shape(what, "standard layout", "another layout", remedy)
}
