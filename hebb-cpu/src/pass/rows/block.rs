//! A block of images whose responses are in cache: similarity, competition, learning, output and pooling, row by row.

use super::RowsPass;
use super::sparse_image::SparseImage;
use crate::image::Patches;
use crate::primitives::activate::activate_row;
use crate::primitives::compete::subtract;
use crate::primitives::pool::PoolRows;
use crate::primitives::similarity::{prepare_patch, transform};
use crate::primitives::sums::sum_of;
use crate::simd::{dispatch, vectorized};
use hebb_core::backend::LayerPlan;
use hebb_core::plan::Output;
use pulp::{Simd, WithSimd};

/// The images of a block.
#[derive(Debug)]
pub(super) struct Block<'a, L> {
    pub(super) pass: &'a RowsPass<'a>,
    pub(super) first_image: usize,
    pub(super) images: BlockImages<'a>,
    pub(super) unit_norms: &'a [f32],
    /// The dot products, a row for each patch, which become outputs.
    pub(super) u: &'a mut [f32],
    /// y of one patch.
    pub(super) y: &'a mut [f32],
    pub(super) learner: L,
}

/// The images as the product reads them.
#[derive(Clone, Copy, Debug)]
pub(super) enum BlockImages<'a> {
    Padded(Patches<'a>),
    Sparse(&'a SparseImage),
}

/// The responses of all units to one patch.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowResponse<'a> {
    /// y.
    pub(super) activity: &'a [f32],
    /// u.
    pub(super) similarity: &'a [f32],
    /// t of the image; empty without a teacher.
    pub(super) teacher: &'a [f32],
}

/// The competition of a layer, and what its responses add to the sums of an update.
pub(super) trait RowLearner {
    /// Turns the scores of a patch into y, as far as anything reads it.
    fn compete(&mut self, plan: &LayerPlan, y: &mut [f32]);

    /// Adds the responses to the patch of a row.
    fn learn(&mut self, pass: &RowsPass<'_>, row: usize, response: RowResponse<'_>);
}

impl<L: RowLearner> Block<'_, L> {
    /// Computes the responses and writes the pooled output; `output` is empty if it is not asked for.
    pub(super) fn run(mut self, output: &mut [f32]) {
        dispatch(&mut self);
        let RowsPass { input, cut, .. } = self.pass;
        vectorized(PoolRows, (input.plan, input.output, cut.width, &*self.u, output));
    }
}

impl<L: RowLearner> WithSimd for &mut Block<'_, L> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let RowsPass { input, cut, .. } = self.pass;
        let plan = input.plan;
        for (index, row) in self.u.chunks_exact_mut(cut.width).enumerate() {
            let row = &mut row[..plan.units];
            self.images.similarities(plan, index, self.unit_norms, row);
            if input.competes() {
                self.y.copy_from_slice(row);
                subtract(input.thresholds, self.y);
                self.learner.compete(plan, self.y);
            }
            if input.learns {
                let image = self.first_image + index / plan.geometry.positions();
                let response = RowResponse {
                    activity: self.y,
                    similarity: row,
                    teacher: input.teacher(image),
                };
                self.learner.learn(self.pass, index, response);
            }
            match plan.output {
                Output::Competition => row.copy_from_slice(self.y),
                _ => activate_row(&plan.output, plan.similarity, input.thresholds, row),
            }
        }
    }
}

impl BlockImages<'_> {
    /// Turns the dot products of a patch into similarities.
    #[inline(always)]
    fn similarities(&self, plan: &LayerPlan, row: usize, unit_norms: &[f32], dots: &mut [f32]) {
        let similarity = plan.similarity;
        if !similarity.needs_unit_norms() {
            return;
        }
        let squared = match similarity.needs_patch_norms() {
            true => self.squared_norm(plan, row),
            false => 0.0,
        };
        transform(similarity, prepare_patch(similarity, squared), unit_norms, dots);
    }

    /// |x|² of a patch.
    #[inline(always)]
    fn squared_norm(&self, plan: &LayerPlan, row: usize) -> f32 {
        match self {
            Self::Padded(patches) => {
                let start = patches.start(row);
                let mut squared = 0.0;
                for (offset, len) in patches.runs(0..plan.geometry.patch_len()) {
                    squared += sum_of(&patches.images[start + offset..][..len], |value| value * value);
                }
                squared
            }
            Self::Sparse(image) => {
                let background = image.background;
                let mut squared = plan.geometry.patch_len() as f32 * background * background;
                image.each(&plan.geometry, row, |_, value| {
                    squared += value * (2.0 * background + value);
                });
                squared.max(0.0)
            }
        }
    }
}
