//! Image shapes.

pub use hebb_core::geometry::ImageShape;

/// The shape of the images in an array of shape (B, C, H, W).
pub(crate) fn of(shape: &[usize]) -> ImageShape {
    ImageShape::new(shape[1], shape[2], shape[3])
}
