//! The work of one task: some images, from their padding to their pooled outputs.

use super::RowsPass;
use super::block::{Block, BlockImages};
use super::graded::GradedLearner;
use super::operands::{RowsOperands, RowsWeights};
use super::sparse::{Respond, Winner, WinnerLearner};
use super::sparse_image::SparseImage;
use crate::image::Patches;
use crate::memory::{KeptBuffer, cleared};
use crate::pass::sums::UnitSums;
use crate::simd::vectorized;
use crate::winograd::{Forward, POINTS};
use hebb_core::Result;
use std::ops::Range;

/// Memory of one task.
#[derive(Debug, Default)]
pub(super) struct TaskScratch {
    pub(super) sums: UnitSums,
    /// The padded images; empty where the images need no padding.
    pub(super) padded: KeptBuffer,
    /// The compressed images, where winners learn from sparse images.
    pub(super) images: Vec<SparseImage>,
    pub(super) winners: Vec<Winner>,
    u: KeptBuffer,
    products: KeptBuffer,
    y: Vec<f32>,
    values: Vec<f32>,
}

/// One task; empty parts stand for what is not asked for.
#[derive(Debug)]
pub(super) struct RowsTask<'a> {
    pub(super) pass: &'a RowsPass<'a>,
    pub(super) prepared: RowsOperands<'a>,
    pub(super) images: Range<usize>,
    pub(super) factors: &'a mut [f32],
    pub(super) transformed: [&'a mut [f32]; POINTS],
    pub(super) output: &'a mut [f32],
}

impl RowsTask<'_> {
    pub(super) fn run(self, scratch: &mut TaskScratch) -> Result<()> {
        let plan = self.pass.input.plan;
        scratch.sums.clear(plan)?;
        cleared(&mut scratch.y, plan.units)?;
        match self.prepared.weights {
            RowsWeights::Sparse { rows, sums } => self.sparse([rows, sums], scratch),
            RowsWeights::Packed(_) | RowsWeights::Transformed(..) => self.graded(scratch),
        }
    }

    /// All images at once, by dense products.
    fn graded(mut self, scratch: &mut TaskScratch) -> Result<()> {
        let pass = self.pass;
        let patches = pass.patches(self.prepared, self.images.clone(), &mut scratch.padded)?;
        let rows = self.images.len() * pass.input.plan.geometry.positions();
        let u = scratch.u.take(rows * pass.cut.width)?;
        self.multiply(patches, &mut scratch.products, u)?;
        cleared(&mut scratch.values, pass.input.plan.units)?;
        let block = Block {
            pass,
            first_image: self.images.start,
            images: BlockImages::Padded(patches),
            unit_norms: self.prepared.unit_norms,
            u,
            y: &mut scratch.y,
            learner: GradedLearner {
                sums: &mut scratch.sums,
                values: &mut scratch.values,
                factors: self.factors,
                rows: pass.cut.rows,
            },
        };
        block.run(self.output);
        Ok(())
    }

    /// The dot products of all patches.
    fn multiply(&mut self, patches: Patches<'_>, products: &mut KeptBuffer, u: &mut [f32]) -> Result<()> {
        let cut = &self.pass.cut;
        match self.prepared.weights {
            RowsWeights::Packed(packed_b) => packed_b.multiply(patches, 0..u.len() / cut.width, u),
            RowsWeights::Transformed(tiling, filters) => Forward {
                tiling: &tiling,
                images: patches.images,
                filters,
                transformed: &mut self.transformed,
                products: products.take(Forward::products_len(cut.images * tiling.tiles()))?,
                bias: None,
                columns: cut.width,
                output: u,
            }
            .run(),
            RowsWeights::Sparse { .. } => {}
        }
        Ok(())
    }

    /// Image after image, by the values that differ from the background; `weights` are Wᵀ and its sums.
    fn sparse(self, weights: [&[f32]; 2], scratch: &mut TaskScratch) -> Result<()> {
        let RowsPass { input, cut, .. } = self.pass;
        let conv = &input.plan.geometry;
        let (count, positions) = (self.images.len(), conv.positions());
        let won = positions * input.winners();
        cleared(&mut scratch.winners, count * won)?;
        if scratch.images.len() < count {
            scratch.images.resize_with(count, SparseImage::default);
        }
        let u = scratch.u.take(positions * cut.width)?;
        let values = input.images(self.images.clone());
        let values = values.chunks_exact(conv.input().len());
        for (index, (image, values)) in scratch.images.iter_mut().zip(values).enumerate() {
            image.compress(conv, values)?;
            vectorized(Respond, (self.pass, &*image, weights, &mut *u));
            let block = Block {
                pass: self.pass,
                first_image: self.images.start + index,
                images: BlockImages::Sparse(image),
                unit_norms: self.prepared.unit_norms,
                u: &mut *u,
                y: &mut scratch.y,
                learner: WinnerLearner::new(
                    input,
                    &mut scratch.sums,
                    &mut scratch.winners[index * won..][..won],
                ),
            };
            let output_len = self.output.len() / count;
            block.run(&mut self.output[index * output_len..][..output_len]);
        }
        Ok(())
    }
}
