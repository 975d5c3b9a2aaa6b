//! Where the values of an image lie while it passes: planes in which neighbouring positions are neighbours.

use hebb_core::geometry::ConvGeometry;

/// The widest vector; a tile's positions are padded to it.
pub(super) const LANES: usize = 16;

/// The planes of one padded image: one for each channel and each phase of the stride.
///
/// Position (oy, ox) has the flat index oy·width + ox, and the value under tap (kh, kw) of channel c lies at that index
/// from [`Self::offset`] on, so that a product over positions reads contiguous runs whatever the stride and dilation.
/// Flat indices with ox at or beyond the output's width are no positions; they are computed and not used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    conv: ConvGeometry,
    /// Rows and columns of a plane.
    plane: [usize; 2],
    /// Rows and columns of the padded image.
    padded: [usize; 2],
}

/// In a table of [`Layout::source_tables`]: this row or column lies in a border of zeros.
const BORDER: u32 = u32::MAX;

impl Layout {
    pub(crate) fn new(conv: &ConvGeometry) -> Self {
        let (input, window) = (conv.input(), conv.window());
        let sizes = [input.height, input.width];
        let padded = [0, 1].map(|axis| sizes[axis] + 2 * window.padding[axis]);
        let plane = [0, 1].map(|axis| padded[axis].div_ceil(window.stride[axis]));
        Self {
            conv: *conv,
            plane,
            padded,
        }
    }

    /// The distance of two rows of positions.
    pub(super) fn width(&self) -> usize {
        self.plane[1]
    }

    /// Flat indices that `rows` rows of positions span.
    pub(super) fn span(&self, rows: usize) -> usize {
        (rows - 1) * self.width() + self.conv.out_width()
    }

    /// Values of all planes, with room behind the last one for whole vectors.
    pub(super) fn len(&self) -> usize {
        let phases: usize = self.conv.window().stride.iter().product();
        self.conv.input().channels * phases * self.plane[0] * self.plane[1] + LANES
    }

    /// Where the value of the first position under a tap lies.
    pub(super) fn offset(&self, channel: usize, tap: [usize; 2]) -> usize {
        let window = self.conv.window();
        let at = [0, 1].map(|axis| tap[axis] * window.dilation[axis]);
        let phase = [0, 1].map(|axis| at[axis] % window.stride[axis]);
        let step = [0, 1].map(|axis| at[axis] / window.stride[axis]);
        self.plane_start(channel, phase) + step[0] * self.plane[1] + step[1]
    }

    /// [`Self::offset`] of column `k` of the weights.
    pub(super) fn offset_of_column(&self, k: usize) -> usize {
        let channels = self.conv.input().channels;
        let width = self.conv.window().kernel[1];
        let tap = k / channels;
        self.offset(k % channels, [tap / width, tap % width])
    }

    fn plane_start(&self, channel: usize, phase: [usize; 2]) -> usize {
        let stride = self.conv.window().stride;
        let index = (channel * stride[0] + phase[0]) * stride[1] + phase[1];
        index * self.plane[0] * self.plane[1]
    }

    /// Values of the tables that [`Self::fill`] needs.
    pub(crate) fn table_len(&self) -> usize {
        self.padded[0] + self.padded[1]
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
        let (rows, columns) = tables.split_at(self.padded[0]);
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

    /// Copies an image (H, W, C) into its planes.
    pub(super) fn fill(&self, tables: &[f32], image: &[f32], planes: &mut [f32]) {
        let line = self.conv.input().width * self.conv.input().channels;
        let [step, _] = self.conv.window().stride;
        let (rows, columns) = tables.split_at(self.padded[0]);
        for (y, source) in rows.iter().enumerate() {
            let source = source.to_bits();
            let row = (source != BORDER).then(|| &image[source as usize * line..][..line]);
            for channel in 0..self.conv.input().channels {
                self.fill_row(columns, row, channel, [y % step, y / step], planes);
            }
        }
    }

    /// One row of one channel: its columns go to the planes of their phases.
    fn fill_row(
        &self,
        columns: &[f32],
        row: Option<&[f32]>,
        channel: usize,
        [phase, y]: [usize; 2],
        planes: &mut [f32],
    ) {
        let channels = self.conv.input().channels;
        let step = self.conv.window().stride[1];
        for x_phase in 0..step {
            let start = self.plane_start(channel, [phase, x_phase]) + y * self.plane[1];
            let target = &mut planes[start..][..self.plane[1]];
            let Some(row) = row else {
                target.fill(0.0);
                continue;
            };
            if self.conv.window().padding[1] == 0 && step == 1 {
                let values = row[channel..].iter().step_by(channels);
                target.iter_mut().zip(values).for_each(|(to, from)| *to = *from);
                continue;
            }
            // A stride longer than the padded row leaves phases without a column.
            let sources = columns.get(x_phase..).unwrap_or_default().iter().step_by(step);
            for (target, source) in target.iter_mut().zip(sources) {
                *target = match source.to_bits() {
                    BORDER => 0.0,
                    source => row[source as usize * channels + channel],
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hebb_core::geometry::{ImageShape, PaddingMode, Window};

    #[test]
    fn every_tap_of_every_position_is_where_its_offset_says() {
        let shape = ImageShape::new(2, 7, 9);
        let image: Vec<f32> = (1..=shape.len()).map(|value| value as f32).collect();
        for mode in [PaddingMode::Zero, PaddingMode::Reflect] {
            for (stride, dilation, padding) in [([1, 1], [1, 1], [0, 0]), ([2, 3], [2, 1], [1, 2])] {
                let window = Window {
                    stride,
                    dilation,
                    padding,
                    mode,
                    ..Window::square(3)
                };
                check(&ConvGeometry::new(shape, window).unwrap(), &image);
            }
        }
    }

    #[test]
    fn a_stride_longer_than_the_image_is_no_obstacle() {
        let window = Window {
            stride: [4, 3],
            ..Window::square(1)
        };
        let conv = ConvGeometry::new(ImageShape::new(2, 1, 1), window).unwrap();
        check(&conv, &[3.0, 5.0]);
    }

    fn check(conv: &ConvGeometry, image: &[f32]) {
        let [width, taps] = [conv.input().width, conv.window().kernel[1]];
        let layout = Layout::new(conv);
        let mut tables = vec![0.0; layout.table_len()];
        layout.source_tables(&mut tables);
        let mut planes = vec![f32::NAN; layout.len()];
        layout.fill(&tables, image, &mut planes);
        for (oy, ox) in (0..conv.out_height()).flat_map(|oy| (0..conv.out_width()).map(move |ox| (oy, ox))) {
            for k in 0..conv.patch_len() {
                let (tap, channel) = (k / 2, k % 2);
                let source = conv.source(0, oy, tap / taps).zip(conv.source(1, ox, tap % taps));
                let expected = source.map_or(0.0, |(y, x)| image[(y * width + x) * 2 + channel]);
                let found = planes[layout.offset_of_column(k) + oy * layout.width() + ox];
                assert_eq!(found, expected, "{conv:?} {oy} {ox} {k}");
            }
        }
    }
}
