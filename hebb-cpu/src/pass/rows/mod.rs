//! Passes over rows: the N responses to a patch lie side by side.
//!
//! A batch is cut into groups of tasks, and a task into blocks of images. A block is multiplied, competes and is put out
//! while its responses are in cache; what its group needs to learn stays in memory, so that Aᵀ X (N×K) is swept once a group.
//! Layers of graded competition and layers whose winners learn from sparse images differ in the product and in what learns.
//! Sizes alone fix the cut, and every sum has one owner that adds in order, so that the result is the same bits for any
//! number of threads.

mod block;
mod cut;
mod graded;
mod gradient;
mod operands;
mod sparse;
mod sparse_gradient;
mod sparse_image;
mod task;

pub(super) use sparse_image::background;

use super::sums::reduce;
use super::{CheckedInput, Results};
use crate::device::CpuBackend;
use crate::image::{PaddedLayout, Patches};
use crate::memory::{KeptBuffer, prefix_mut};
use crate::threads::{chunks, chunks_of_all};
use crate::winograd::{POINTS, Tiling, split_mut};
use cut::Cut;
use gradient::Gradient;
use hebb_core::Result;
use hebb_core::backend::Sums;
use operands::{RowsOperands, RowsOperandsScratch};
use std::ops::Range;
use task::{RowsTask, TaskScratch};

/// Memory of a pass over rows that a layer keeps between batches.
#[derive(Debug, Default)]
pub(crate) struct RowsScratch {
    prepared: RowsOperandsScratch,
    tasks: Vec<TaskScratch>,
    factors: KeptBuffer,
    transformed: KeptBuffer,
}

/// A pass over rows.
#[derive(Clone, Copy, Debug)]
struct RowsPass<'a> {
    device: &'a CpuBackend,
    input: CheckedInput<'a>,
    layout: PaddedLayout,
    cut: Cut,
}

/// Memory of the tasks of a group.
struct Group<'a> {
    images: Range<usize>,
    tasks: &'a mut [TaskScratch],
    /// A: for each task, blocks of MR units by its patches.
    factors: &'a mut [f32],
    /// The transformed tiles of the images.
    transformed: &'a mut [f32],
}

/// Runs the pass of a layer of graded competition, or with `sparse` of one whose winners learn from sparse images.
pub(super) fn run(
    device: &CpuBackend,
    input: CheckedInput<'_>,
    sparse: bool,
    results: Results<'_>,
    scratch: &mut RowsScratch,
) -> Result<()> {
    let pass = RowsPass {
        device,
        input,
        layout: PaddedLayout::new(&input.plan.geometry),
        cut: match sparse {
            true => Cut::sparse(&input),
            false => Cut::graded(&input, Tiling::of(device, &input.plan.geometry, input.plan.units)),
        },
    };
    let (cut, Results { mut sums, output }) = (&pass.cut, results);
    let prepared = scratch.prepared.prepare(&pass, sparse)?;
    if scratch.tasks.len() < cut.tasks {
        scratch.tasks.resize_with(cut.tasks, TaskScratch::default);
    }
    let factors = scratch.factors.take(cut.tasks * cut.factors)?;
    let transformed = scratch.transformed.take(POINTS * cut.spacing())?;
    let output_len = output.len() / input.images;
    for start in (0..input.images).step_by(cut.group()) {
        let images = start..(start + cut.group()).min(input.images);
        let output = &mut output[start * output_len..images.end * output_len];
        let mut group = Group {
            tasks: &mut scratch.tasks[..images.len().div_ceil(cut.images)],
            factors: &mut *factors,
            transformed: &mut *transformed,
            images,
        };
        pass.respond(prepared, &mut group, output)?;
        if let Some(sums) = sums.as_deref_mut() {
            pass.learn(prepared, &group, sums)?;
        }
    }
    Ok(())
}

impl RowsPass<'_> {
    /// Responses and outputs of a group, and what it needs to learn.
    fn respond(&self, prepared: RowsOperands<'_>, group: &mut Group<'_>, output: &mut [f32]) -> Result<()> {
        let cut = &self.cut;
        let count = group.tasks.len();
        let output_len = output.len() / group.images.len();
        let transformed = chunks_of_all(split_mut(group.transformed, cut.spacing()), cut.point);
        let shared = (
            chunks(group.tasks, 1),
            chunks(group.factors, cut.factors),
            transformed,
            chunks(output, cut.images * output_len),
        );
        let images = &group.images;
        let threads = &self.device.threads;
        threads.try_split(count, shared, |index, (scratch, factors, transformed, output)| {
            let [scratch] = scratch else { return Ok(()) };
            let task = RowsTask {
                pass: self,
                prepared,
                images: self.images_of(images, index),
                factors,
                transformed,
                output,
            };
            task.run(scratch)
        })
    }

    /// Adds what a group brings to the sums of the batch.
    fn learn(
        &self,
        prepared: RowsOperands<'_>,
        group: &Group<'_>,
        sums: &mut Sums<CpuBackend>,
    ) -> Result<()> {
        let continues = group.images.start > 0;
        let parts = group.tasks.iter().map(|task| &task.sums);
        reduce(&self.input, parts, continues, sums)?;
        let weights = self.input.plan.weights();
        let hebb = prefix_mut("the Hebb sums of a pass", &mut sums.hebb, weights)?;
        let gradient = Gradient {
            pass: self,
            group,
            continues,
        };
        gradient.add(prepared, hebb)
    }

    /// The patches of some images, read where the images lie, or where `padded` holds them with their padding.
    fn patches<'p>(
        &'p self,
        prepared: RowsOperands<'_>,
        images: Range<usize>,
        padded: &'p mut KeptBuffer,
    ) -> Result<Patches<'p>> {
        let (layout, conv) = (&self.layout, &self.input.plan.geometry);
        let mut values = self.input.images(images.clone());
        if layout.has_padding() {
            let padded = padded.take(images.len() * layout.len())?;
            layout.pad(prepared.sources, values, padded);
            values = padded;
        }
        Ok(Patches::new(conv, layout, values))
    }

    /// The images of one task of a group.
    fn images_of(&self, group: &Range<usize>, task: usize) -> Range<usize> {
        let start = group.start + task * self.cut.images;
        start..(start + self.cut.images).min(group.end)
    }
}
