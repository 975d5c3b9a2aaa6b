//! Patches of padded images (H, W, C), read in place as runs of neighbouring values.

use super::PaddedLayout;
use hebb_core::geometry::{ConvGeometry, Window};

/// The patches of some images, read where the padded images hold them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patches<'a> {
    conv: &'a ConvGeometry,
    /// Values of one image row.
    row_len: usize,
    /// Values of one padded image.
    image_len: usize,
    /// The padded images, one after the other.
    pub(crate) images: &'a [f32],
}

/// A part of a patch whose values are neighbours: its distance from the patch's first value, and its length.
pub(crate) type PatchRun = (usize, usize);

impl<'a> Patches<'a> {
    pub(crate) fn new(conv: &'a ConvGeometry, layout: &PaddedLayout, images: &'a [f32]) -> Self {
        Self {
            conv,
            row_len: layout.row_len(),
            image_len: layout.len(),
            images,
        }
    }

    /// The starts of the patches `first..` of these images.
    #[inline(always)]
    pub(crate) fn starts(&self, first: usize) -> Starts {
        let (positions, width) = (self.conv.positions(), self.conv.out_width());
        let [row_step, column_step] = self.conv.window().stride;
        let (image, position) = (first / positions, first % positions);
        Starts {
            image: image * self.image_len,
            image_len: self.image_len,
            at: [position / width, position % width],
            size: [self.conv.out_height(), width],
            step: [row_step * self.row_len, column_step * self.conv.input().channels],
        }
    }

    /// The start of the patch of one row.
    #[inline(always)]
    pub(crate) fn start(&self, row: usize) -> usize {
        self.starts(row).next().unwrap_or_default()
    }

    /// Values of a patch, K.
    pub(crate) fn patch_len(&self) -> usize {
        self.conv.patch_len()
    }

    /// Copies some columns of the patch that starts at `start`.
    #[inline(always)]
    pub(crate) fn copy(&self, start: usize, columns: std::ops::Range<usize>, to: &mut [f32]) {
        let mut at = 0;
        for (offset, len) in self.runs(columns) {
            let from = &self.images[start + offset..][..len];
            to[at..at + len].copy_from_slice(from);
            at += len;
        }
    }

    /// The runs that hold the columns `columns` of the patch matrix, in order.
    #[inline(always)]
    pub(crate) fn runs(
        &self,
        columns: std::ops::Range<usize>,
    ) -> impl Iterator<Item = PatchRun> + Clone + use<> {
        let window = self.conv.window();
        let channels = self.conv.input().channels;
        let taps = taps_of_run(window);
        let len = taps * channels;
        let across = window.kernel[1] / taps;
        let (row_step, tap_step) = (window.dilation[0] * self.row_len, window.dilation[1] * channels);
        (columns.start / len..columns.end.div_ceil(len)).map(move |run| {
            let from = (run * len).max(columns.start);
            let to = ((run + 1) * len).min(columns.end);
            let start = run / across * row_step + run % across * tap_step;
            (start + from - run * len, to - from)
        })
    }
}

/// Taps of a run: those of a kernel row that are neighbours.
#[inline(always)]
pub(crate) fn taps_of_run(window: &Window) -> usize {
    match window.dilation[1] {
        1 => window.kernel[1],
        _ => 1,
    }
}

/// The starts of consecutive patches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Starts {
    image: usize,
    image_len: usize,
    at: [usize; 2],
    size: [usize; 2],
    step: [usize; 2],
}

impl Iterator for Starts {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        let start = self.image + self.at[0] * self.step[0] + self.at[1] * self.step[1];
        self.at[1] += 1;
        if self.at[1] == self.size[1] {
            self.at = [self.at[0] + 1, 0];
        }
        if self.at[0] == self.size[0] {
            self.at[0] = 0;
            self.image += self.image_len;
        }
        Some(start)
    }
}
