//! Memory layout of an image as planes, in which neighbouring positions are neighbours.

use crate::image::{BORDER, Sources};
use hebb_core::backend::LayerPlan;
use hebb_core::geometry::ConvGeometry;

/// The widest vector; a tile's positions are padded to it.
pub(super) const LANES: usize = 16;

/// The planes of one padded image: for each channel and each phase of the vertical stride, one for each of its columns'
/// [`Share`]s.
///
/// Position (oy, ox) has the flat index oy·width + ox, and the value under tap (kh, kw) of channel c lies at that index
/// from [`Self::offset`] on, so that a product over positions reads contiguous runs whatever the stride and dilation.
/// Flat indices with ox at or beyond the output's width are no positions; they are computed and not used.
#[derive(Clone, Copy, Debug)]
pub(super) struct PlaneLayout {
    conv: ConvGeometry,
    share: Share,
    /// Rows and columns of a plane.
    size: [usize; 2],
}

/// The columns that make up one plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Share {
    /// Those that one tap meets: no flat index is wasted, but taps keep copies of what they share.
    Tap,
    /// Those of one phase of the stride: each value is kept once.
    Phase,
}

/// Returns true if at least a quarter of the vectors' lanes are positions, and offsets fit 32 bits.
pub(in crate::pass) fn suits_planes(plan: &LayerPlan, pruned: bool) -> bool {
    let planes = PlaneLayout::of_plan(plan, pruned);
    plan.units > 0
        && u32::try_from(planes.len()).is_ok()
        && 4 * plan.geometry.positions() >= planes.span(plan.geometry.out_height())
}

impl PlaneLayout {
    /// The planes of a plan. A pruned layer reads few values here and there: the fewer there are, the better.
    pub(super) fn of_plan(plan: &LayerPlan, pruned: bool) -> Self {
        Self::new(&plan.geometry, if pruned { Share::Phase } else { Share::Tap })
    }

    fn new(conv: &ConvGeometry, share: Share) -> Self {
        let (input, window) = (conv.input(), conv.window());
        let [rows, columns] = [(0, input.height), (1, input.width)]
            .map(|(axis, size)| (size + 2 * window.padding[axis]).div_ceil(window.stride[axis]));
        let columns = match share {
            Share::Tap => conv.out_width(),
            Share::Phase => columns,
        };
        Self {
            conv: *conv,
            share,
            size: [rows, columns],
        }
    }

    /// The distance of two rows of positions.
    pub(super) fn width(&self) -> usize {
        self.size[1]
    }

    /// Flat indices that `rows` rows of positions span, to whole vectors.
    pub(super) fn span(&self, rows: usize) -> usize {
        ((rows - 1) * self.width() + self.conv.out_width()).next_multiple_of(LANES)
    }

    /// Planes of one channel and one vertical phase.
    fn shares(&self) -> usize {
        match self.share {
            Share::Tap => self.conv.window().kernel[1],
            Share::Phase => self.conv.window().stride[1],
        }
    }

    /// Values of all planes, with room behind the last one for whole vectors.
    pub(super) fn len(&self) -> usize {
        let planes = self.conv.input().channels * self.conv.window().stride[0] * self.shares();
        planes * self.size[0] * self.size[1] + LANES
    }

    /// The index of the value of the first position under a tap.
    fn offset(&self, channel: usize, tap: [usize; 2]) -> usize {
        let window = self.conv.window();
        let row = tap[0] * window.dilation[0];
        let column = tap[1] * window.dilation[1];
        let (share, column) = match self.share {
            Share::Tap => (tap[1], 0),
            Share::Phase => (column % window.stride[1], column / window.stride[1]),
        };
        let start = self.start(channel, row % window.stride[0], share);
        start + row / window.stride[0] * self.width() + column
    }

    /// [`Self::offset`] of column `k` of the weights.
    pub(super) fn offset_of_column(&self, k: usize) -> usize {
        let channels = self.conv.input().channels;
        let width = self.conv.window().kernel[1];
        let tap = k / channels;
        self.offset(k % channels, [tap / width, tap % width])
    }

    fn start(&self, channel: usize, phase: usize, share: usize) -> usize {
        let index = (channel * self.conv.window().stride[0] + phase) * self.shares() + share;
        index * self.size[0] * self.size[1]
    }

    /// Copies an image (H, W, C) into its planes; `line` has room for a row of the padded image.
    pub(super) fn fill(&self, sources: &Sources, image: &[f32], line: &mut [f32], planes: &mut [f32]) {
        let (channels, border) = (self.conv.input().channels, self.conv.window().padding[1]);
        let columns = &sources.columns;
        // Where one plane takes whole rows, they are gathered in their places.
        let whole = self.shares() == 1 && self.width() == columns.len();
        let len = self.conv.input().width * channels;
        for (y, source) in sources.rows.iter().enumerate() {
            let row = (*source != BORDER).then(|| &image[*source as usize * len..][..len]);
            for channel in 0..channels {
                let to = match whole {
                    true => &mut planes[self.row(channel, y, 0)],
                    false => &mut *line,
                };
                match row {
                    Some(row) => gather(&row[channel..], channels, columns, border, to),
                    None => to.fill(0.0),
                }
                if !whole {
                    self.share_row(channel, y, line, planes);
                }
            }
        }
    }

    /// The range of row `y` of the padded image in a plane.
    fn row(&self, channel: usize, y: usize, share: usize) -> std::ops::Range<usize> {
        let stride = self.conv.window().stride[0];
        let start = self.start(channel, y % stride, share) + y / stride * self.width();
        start..start + self.width()
    }

    /// One row of one channel to the planes that share it.
    fn share_row(&self, channel: usize, y: usize, line: &[f32], planes: &mut [f32]) {
        let window = self.conv.window();
        let step = window.stride[1];
        for share in 0..self.shares() {
            let target = &mut planes[self.row(channel, y, share)];
            let first = match self.share {
                Share::Tap => share * window.dilation[1],
                Share::Phase => share,
            };
            // A stride longer than the padded row leaves phases without a column.
            let values = line.get(first..).unwrap_or_default();
            if step == 1 {
                target.copy_from_slice(&values[..target.len()]);
            } else {
                let values = values.iter().step_by(step);
                target.iter_mut().zip(values).for_each(|(to, from)| *to = *from);
            }
        }
    }
}

/// One channel of a row with its border; its values lie `channels` apart.
fn gather(row: &[f32], channels: usize, columns: &[u32], border: usize, line: &mut [f32]) {
    let within = border..columns.len() - border;
    let values = row.iter().step_by(channels);
    line[within.clone()]
        .iter_mut()
        .zip(values)
        .for_each(|(to, from)| *to = *from);
    for at in (0..within.start).chain(within.end..columns.len()) {
        line[at] = match columns[at] {
            BORDER => 0.0,
            source => row[source as usize * channels],
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::PaddedLayout;
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
        let layout = PaddedLayout::new(conv);
        let mut sources = Sources::default();
        layout.fill_sources(&mut sources).unwrap();
        for share in [Share::Tap, Share::Phase] {
            let planes = PlaneLayout::new(conv, share);
            let mut values = vec![f32::NAN; planes.len()];
            let mut line = vec![f32::NAN; layout.columns()];
            planes.fill(&sources, image, &mut line, &mut values);
            holds(conv, planes, image, &values);
        }
    }

    fn holds(conv: &ConvGeometry, planes: PlaneLayout, image: &[f32], values: &[f32]) {
        let [width, taps] = [conv.input().width, conv.window().kernel[1]];
        for (oy, ox) in (0..conv.out_height()).flat_map(|oy| (0..conv.out_width()).map(move |ox| (oy, ox))) {
            for k in 0..conv.patch_len() {
                let (tap, channel) = (k / 2, k % 2);
                let source = conv.source(0, oy, tap / taps).zip(conv.source(1, ox, tap % taps));
                let expected = source.map_or(0.0, |(y, x)| image[(y * width + x) * 2 + channel]);
                let found = values[planes.offset_of_column(k) + oy * planes.width() + ox];
                assert_eq!(found, expected, "{planes:?} {oy} {ox} {k}");
            }
        }
    }
}
