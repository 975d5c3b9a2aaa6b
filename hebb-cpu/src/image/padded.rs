//! Memory layout of images (H, W, C) with their padding, zero or reflected.

use crate::memory::cleared;
use hebb_core::Result;
use hebb_core::geometry::ConvGeometry;

/// A padded image (H, W, C).
#[derive(Clone, Copy, Debug)]
pub(crate) struct PaddedLayout {
    conv: ConvGeometry,
    /// Rows and columns.
    size: [usize; 2],
}

/// The image row or column at each row and column of the padded image.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    pub(crate) rows: Vec<u32>,
    pub(crate) columns: Vec<u32>,
}

/// In [`Sources`]: a row or column of zeros.
pub(crate) const BORDER: u32 = u32::MAX;

impl PaddedLayout {
    pub(crate) fn new(conv: &ConvGeometry) -> Self {
        let (input, padding) = (conv.input(), conv.window().padding);
        Self {
            conv: *conv,
            size: [input.height + 2 * padding[0], input.width + 2 * padding[1]],
        }
    }

    /// Fills the tables for every row and column that a kernel reaches.
    pub(crate) fn fill_sources(&self, sources: &mut Sources) -> Result<()> {
        let sizes = [self.conv.out_height(), self.conv.out_width()];
        let window = self.conv.window();
        for (axis, table) in [&mut sources.rows, &mut sources.columns].into_iter().enumerate() {
            cleared(table, self.size[axis])?;
            table.fill(BORDER);
            for out in 0..sizes[axis] {
                for tap in 0..window.kernel[axis] {
                    let at = out * window.stride[axis] + tap * window.dilation[axis];
                    let source = self.conv.source(axis, out, tap);
                    table[at] = source.map_or(BORDER, |source| source as u32);
                }
            }
        }
        Ok(())
    }

    /// Returns true if the padded image is not the image itself.
    pub(crate) fn has_padding(&self) -> bool {
        self.conv.window().padding != [0, 0]
    }

    /// Columns of the padded image.
    pub(crate) fn columns(&self) -> usize {
        self.size[1]
    }

    /// Values of one row of the padded image.
    pub(crate) fn row_len(&self) -> usize {
        self.size[1] * self.conv.input().channels
    }

    /// Values of the padded image.
    pub(crate) fn len(&self) -> usize {
        self.size[0] * self.row_len()
    }

    /// Copies images (H, W, C) into padded images (H, W, C).
    pub(crate) fn pad(&self, sources: &Sources, images: &[f32], padded: &mut [f32]) {
        let images = images.chunks_exact(self.conv.input().len());
        for (image, padded) in images.zip(padded.chunks_exact_mut(self.len())) {
            self.pad_image(sources, image, padded);
        }
    }

    fn pad_image(&self, sources: &Sources, image: &[f32], padded: &mut [f32]) {
        let channels = self.conv.input().channels;
        let row_len = self.conv.input().width * channels;
        for (y, target) in sources.rows.iter().zip(padded.chunks_exact_mut(self.row_len())) {
            let row = (*y != BORDER).then(|| &image[*y as usize * row_len..][..row_len]);
            for (x, target) in sources.columns.iter().zip(target.chunks_exact_mut(channels)) {
                match (row, *x) {
                    (None, _) | (_, BORDER) => target.fill(0.0),
                    (Some(row), x) => target.copy_from_slice(&row[x as usize * channels..][..channels]),
                }
            }
        }
    }
}
