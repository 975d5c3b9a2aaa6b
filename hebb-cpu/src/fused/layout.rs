//! Where the values of a padded image lie, and which of the image they are.

use hebb_core::geometry::ConvGeometry;

/// A padded image (H, W, C), as patches are read from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub(super) conv: ConvGeometry,
    /// Rows and columns.
    pub(super) padded: [usize; 2],
}

/// In a table of [`Layout::source_tables`]: this row or column lies in a border of zeros.
pub(super) const BORDER: u32 = u32::MAX;

impl Layout {
    pub(crate) fn new(conv: &ConvGeometry) -> Self {
        let (input, window) = (conv.input(), conv.window());
        let sizes = [input.height, input.width];
        Self {
            conv: *conv,
            padded: [0, 1].map(|axis| sizes[axis] + 2 * window.padding[axis]),
        }
    }

    /// Values of the tables.
    pub(crate) fn table_len(&self) -> usize {
        self.padded[0] + self.padded[1]
    }

    /// What [`Self::source_tables`] has written: the sources of rows and of columns, as bits.
    pub(super) fn sources<'t>(&self, tables: &'t [f32]) -> [&'t [f32]; 2] {
        tables.split_at(self.padded[0]).into()
    }

    /// The image row or column at every row and column of the padded image that a kernel reaches.
    pub(crate) fn source_tables(&self, tables: &mut [f32]) {
        tables.fill(f32::from_bits(BORDER));
        let (rows, columns) = tables.split_at_mut(self.padded[0]);
        let sizes = [self.conv.out_height(), self.conv.out_width()];
        let window = self.conv.window();
        for (axis, table) in [rows, columns].into_iter().enumerate() {
            for out in 0..sizes[axis] {
                for tap in 0..window.kernel[axis] {
                    let at = out * window.stride[axis] + tap * window.dilation[axis];
                    let source = self.conv.source(axis, out, tap);
                    table[at] = f32::from_bits(source.map_or(BORDER, |source| source as u32));
                }
            }
        }
    }

    /// Values of the padded image, or 0 if the image needs no padding.
    pub(crate) fn padded_len(&self) -> usize {
        match self.conv.window().padding {
            [0, 0] => 0,
            _ => self.image_len(),
        }
    }

    /// Values of an image with its padding.
    pub(crate) fn image_len(&self) -> usize {
        self.padded[0] * self.padded_line()
    }

    /// Values of one row of the padded image.
    pub(crate) fn padded_line(&self) -> usize {
        self.padded[1] * self.conv.input().channels
    }

    /// Copies an image (H, W, C) into its padded image (H, W, C).
    pub(crate) fn pad(&self, tables: &[f32], image: &[f32], padded: &mut [f32]) {
        let channels = self.conv.input().channels;
        let line = self.conv.input().width * channels;
        let [rows, columns] = self.sources(tables);
        for (y, target) in rows.iter().zip(padded.chunks_exact_mut(self.padded_line())) {
            let source = y.to_bits();
            let row = (source != BORDER).then(|| &image[source as usize * line..][..line]);
            for (x, target) in columns.iter().zip(target.chunks_exact_mut(channels)) {
                match (row, x.to_bits()) {
                    (None, _) | (_, BORDER) => target.fill(0.0),
                    (Some(row), x) => target.copy_from_slice(&row[x as usize * channels..][..channels]),
                }
            }
        }
    }
}
