//! Shapes of images, convolutions and pooling windows, checked on construction.

use crate::error::{Error, Result};
use std::ops::Range;

/// Values of an image, of a kernel or of an image's patches at most: 4 TiB of f32, so that no product of sizes overflows.
pub(crate) const MOST_VALUES: usize = 1 << 40;

/// The product of sizes, if it is at most [`MOST_VALUES`].
pub(crate) fn values(sizes: &[usize]) -> Option<usize> {
    let product = sizes
        .iter()
        .try_fold(1usize, |product, size| product.checked_mul(*size))?;
    (product <= MOST_VALUES).then_some(product)
}

/// The shape of one image or of one layer's output for one image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ImageShape {
    /// Channels C.
    pub channels: usize,
    /// Rows H.
    pub height: usize,
    /// Columns W.
    pub width: usize,
}

impl ImageShape {
    /// An image of `channels` × `height` × `width`.
    pub const fn new(channels: usize, height: usize, width: usize) -> Self {
        Self {
            channels,
            height,
            width,
        }
    }

    /// Values in one image.
    pub const fn len(&self) -> usize {
        self.channels * self.height * self.width
    }

    /// Returns true if the image has no values.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of positions, H·W.
    pub const fn positions(&self) -> usize {
        self.height * self.width
    }

    /// The range of one pixel's channels in (B, H, W, C) values.
    pub fn pixel(&self, image: usize, (row, col): (usize, usize)) -> Range<usize> {
        let pixel = image * self.positions() + row * self.width + col;
        pixel * self.channels..(pixel + 1) * self.channels
    }

    /// The shape (B, C, H, W) of a batch of `images`.
    pub const fn batch(&self, images: usize) -> (usize, usize, usize, usize) {
        (images, self.channels, self.height, self.width)
    }
}

impl std::fmt::Display for ImageShape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}×{}×{}", self.channels, self.height, self.width)
    }
}

/// Padding beyond the border of an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum PaddingMode {
    /// Zeros.
    #[default]
    Zero,
    /// Reflection at the border pixel, which is not repeated (PyTorch's `reflect`).
    Reflect,
}

/// The window of a convolution. Sizes are (rows, columns).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Kernel size (kh, kw).
    pub kernel: [usize; 2],
    /// Step between positions.
    pub stride: [usize; 2],
    /// Distance between kernel taps.
    pub dilation: [usize; 2],
    /// Padding on each side.
    pub padding: [usize; 2],
    /// Contents of the padding.
    pub mode: PaddingMode,
}

impl Window {
    /// A square kernel with stride 1, no dilation and no padding.
    pub const fn square(kernel: usize) -> Self {
        Self {
            kernel: [kernel; 2],
            stride: [1; 2],
            dilation: [1; 2],
            padding: [0; 2],
            mode: PaddingMode::Zero,
        }
    }
}

/// A convolution over images of one shape: a checked window and the derived sizes.
///
/// A patch is the K = kh·kw·C inputs under the kernel, ordered (kh, kw, C); an image has `positions()` patches.
///
/// ```
/// use hebb_core::geometry::{ConvGeometry, ImageShape, Window};
///
/// let conv = ConvGeometry::new(ImageShape::new(3, 32, 32), Window::square(5))?;
/// assert_eq!((conv.patch_len(), conv.positions()), (75, 28 * 28));
/// # Ok::<(), hebb_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConvGeometry {
    input: ImageShape,
    window: Window,
    output: [usize; 2],
}

impl ConvGeometry {
    /// Checks that `window` fits `input`.
    ///
    /// # Errors
    /// [`Error::Geometry`] if a size is zero, the kernel is larger than the padded image, a reflected padding is not
    /// smaller than the image, or the patches of one image have more than 2⁴⁰ values.
    pub fn new(input: ImageShape, window: Window) -> Result<Self> {
        let ImageShape {
            channels,
            height,
            width,
        } = input;
        match values(&[channels, height, width]) {
            Some(0) => return Err(misfit(format!("the input is {input} and has no values"))),
            None => {
                return Err(misfit(format!(
                    "the input is {input} and too large; use smaller images"
                )));
            }
            Some(_) => {}
        }
        let output = [output_size(0, height, &window)?, output_size(1, width, &window)?];
        let ([rows, columns], [kernel_rows, kernel_columns]) = (output, window.kernel);
        if values(&[rows, columns, kernel_rows, kernel_columns, channels]).is_none() {
            return Err(misfit(format!(
                "an image has {rows}×{columns} patches of {kernel_rows}×{kernel_columns}×{channels} values, too many; \
                 use less padding or a smaller kernel"
            )));
        }
        Ok(Self {
            input,
            window,
            output,
        })
    }

    /// A dense layer: the kernel covers the whole input, so that an image has one patch.
    ///
    /// # Errors
    /// [`Error::Geometry`] if the input has no values.
    pub fn dense(input: ImageShape) -> Result<Self> {
        let window = Window {
            kernel: [input.height, input.width],
            ..Window::square(1)
        };
        Self::new(input, window)
    }

    /// The shape of one input image.
    pub const fn input(&self) -> ImageShape {
        self.input
    }

    /// The window.
    pub const fn window(&self) -> &Window {
        &self.window
    }

    /// Output rows OH.
    pub const fn out_height(&self) -> usize {
        self.output[0]
    }

    /// Output columns OW.
    pub const fn out_width(&self) -> usize {
        self.output[1]
    }

    /// Patches per image, OH·OW.
    pub const fn positions(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// Values in one patch, K = kh·kw·C.
    pub const fn patch_len(&self) -> usize {
        self.window.kernel[0] * self.window.kernel[1] * self.input.channels
    }

    /// The output shape of one image with `units` kernels.
    pub const fn output(&self, units: usize) -> ImageShape {
        ImageShape::new(units, self.output[0], self.output[1])
    }

    /// The input row (axis 0) or column (axis 1) under kernel tap `tap` at output index `out`; `None` in zero padding.
    pub fn source(&self, axis: usize, out: usize, tap: usize) -> Option<usize> {
        let size = [self.input.height, self.input.width][axis] as isize;
        let window = &self.window;
        let at = (out * window.stride[axis] + tap * window.dilation[axis]) as isize
            - window.padding[axis] as isize;
        match window.mode {
            _ if (0..size).contains(&at) => Some(at as usize),
            PaddingMode::Zero => None,
            PaddingMode::Reflect if at < 0 => Some((-at) as usize),
            PaddingMode::Reflect => Some((2 * (size - 1) - at) as usize),
        }
    }
}

fn output_size(axis: usize, size: usize, window: &Window) -> Result<usize> {
    let (kernel, stride) = (window.kernel[axis], window.stride[axis]);
    let (dilation, padding) = (window.dilation[axis], window.padding[axis]);
    let name = ["height", "width"][axis];
    if kernel == 0 || stride == 0 || dilation == 0 {
        return Err(misfit(format!(
            "kernel {kernel}, stride {stride} and dilation {dilation} along the {name} must be at least 1"
        )));
    }
    if window.mode == PaddingMode::Reflect && padding >= size {
        return Err(misfit(format!(
            "a reflected padding of {padding} needs a {name} of more than {padding} pixels, not {size}"
        )));
    }
    let overflow = || {
        misfit(format!(
            "kernel {kernel}, dilation {dilation} or padding {padding} along the {name} is too large"
        ))
    };
    let extent = (kernel - 1)
        .checked_mul(dilation)
        .and_then(|reach| reach.checked_add(1))
        .ok_or_else(overflow)?;
    let padded = padding
        .checked_mul(2)
        .and_then(|border| border.checked_add(size))
        .ok_or_else(overflow)?;
    if extent > padded {
        return Err(misfit(format!(
            "a kernel that covers {extent} pixels is larger than the {name} of {size} with a padding of {padding}; \
             use a smaller kernel or more padding"
        )));
    }
    Ok((padded - extent) / stride + 1)
}

/// Every (row, column), in row-major order.
pub fn grid(height: usize, width: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..height).flat_map(move |row| (0..width).map(move |col| (row, col)))
}

fn misfit(detail: String) -> Error {
    Error::Geometry {
        what: "the convolution",
        detail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_follow_the_usual_formula_on_images_that_are_not_square() {
        let window = Window {
            stride: [2, 3],
            dilation: [1, 2],
            padding: [1, 2],
            ..Window::square(3)
        };
        let conv = ConvGeometry::new(ImageShape::new(2, 9, 14), window).unwrap();
        assert_eq!(
            (conv.out_height(), conv.out_width(), conv.patch_len()),
            (5, 5, 18)
        );
    }

    #[test]
    fn a_dense_layer_has_one_patch() {
        let conv = ConvGeometry::dense(ImageShape::new(4, 3, 5)).unwrap();
        assert_eq!((conv.positions(), conv.patch_len()), (1, 60));
    }

    #[test]
    fn reflected_borders_do_not_repeat_the_edge() {
        let window = Window {
            padding: [2, 2],
            mode: PaddingMode::Reflect,
            ..Window::square(5)
        };
        let conv = ConvGeometry::new(ImageShape::new(1, 4, 4), window).unwrap();
        let row: Vec<_> = (0..5).map(|tap| conv.source(1, 0, tap)).collect();
        assert_eq!(row, [Some(2), Some(1), Some(0), Some(1), Some(2)]);
        assert_eq!(conv.source(1, 3, 4), Some(1));
    }

    #[test]
    fn misfits_are_named_with_their_remedy() {
        let message = |shape, window| ConvGeometry::new(shape, window).unwrap_err().to_string();
        let text = message(ImageShape::new(1, 4, 9), Window::square(5));
        assert!(
            text.contains("covers 5 pixels") && text.contains("height of 4"),
            "{text}"
        );
        let text = message(
            ImageShape::new(1, 4, 4),
            Window {
                stride: [0, 1],
                ..Window::square(1)
            },
        );
        assert!(text.contains("stride 0"), "{text}");
        let reflect = Window {
            padding: [4, 0],
            mode: PaddingMode::Reflect,
            ..Window::square(1)
        };
        assert!(message(ImageShape::new(1, 4, 4), reflect).contains("reflected padding"));
        assert!(message(ImageShape::new(0, 4, 4), Window::square(1)).contains("no values"));
        let huge = Window {
            padding: [usize::MAX, 0],
            ..Window::square(1)
        };
        assert!(message(ImageShape::new(1, 4, 4), huge).contains("too large"));
        assert!(message(ImageShape::new(1 << 40, 1 << 40, 1), Window::square(1)).contains("too large"));
        let wide = Window {
            padding: [1 << 30, 1 << 30],
            ..Window::square(1)
        };
        assert!(message(ImageShape::new(1, 4, 4), wide).contains("less padding"));
    }
}
