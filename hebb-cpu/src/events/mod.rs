//! A batch of images that are mostly background through a layer whose winners learn: behind a layer that passes only its
//! winners on, at most a few of a pixel's channels differ from the rest.
//!
//! Products take the background's part from the sums of the weights and add the events one by one. Every unit's row of
//! Aᵀ X has one owner, which goes through all winners in order, so that the result is the same bits for any number of
//! threads.

mod image;
mod learn;
mod tile;

use crate::CpuBackend;
use crate::fused::{
    MAX_WINNERS, Partial, add_unit_sums, has_composed_output, is_sparse, learns_from_winners,
};
use crate::given::Given;
use crate::instructions::dispatch;
use crate::memory::{prefix_mut, take};
use crate::parallel::Pool as Threads;
use crate::primitives::similarity::prepare_unit;
use crate::primitives::sums::sum_of;
use hebb_core::Result;
use hebb_core::backend::{LayerPlan, Sums, Workspace};
use hebb_core::geometry::ImageShape;
use hebb_core::plan::Output;
use image::{background, compressed_len};
use learn::{Learn, UNITS};
use std::ops::Range;
use tile::TileWork;

/// A pass that this path covers.
#[derive(Debug)]
pub(crate) struct Events<'a> {
    plan: &'a LayerPlan,
    images: usize,
    input: &'a [f32],
    weights: &'a [f32],
    thresholds: Option<&'a [f32]>,
    states: &'a [f32],
    teacher: &'a [f32],
    output: ImageShape,
    /// Winners of a position to be found.
    winners: usize,
    learns: bool,
}

impl<'a> Events<'a> {
    /// The pass over a batch, if this path covers its plan and its images are mostly background.
    pub(crate) fn of(given: Given<'a>) -> Option<Self> {
        let Given { plan, learns, .. } = given;
        if given.clamped || given.mask.is_some_and(is_sparse) || !covers(plan, learns) {
            return None;
        }
        let mut images = given.input.chunks_exact(plan.geometry.input().len());
        if !images.all(|image| background(image).is_some()) {
            return None;
        }
        let competes = learns || plan.output == Output::Competition;
        Some(Self {
            plan,
            images: given.images,
            input: given.input,
            weights: given.weights,
            thresholds: given.thresholds,
            states: given.states,
            teacher: given.teacher,
            output: given.output,
            winners: plan.competition.winners().filter(|_| competes).unwrap_or(0),
            learns,
        })
    }

    /// Runs it.
    pub(crate) fn run(
        &self,
        threads: &Threads,
        sums: Option<&mut Sums<CpuBackend>>,
        output: Option<&mut Vec<f32>>,
        backend: &CpuBackend,
        workspace: &mut Workspace<CpuBackend>,
    ) -> Result<()> {
        let mut scratch = take(&mut workspace.scratch.fused, self.lengths().iter().sum())?;
        let mut rest = scratch.as_mut_slice();
        let [
            weights,
            unit_sums,
            unit_norms,
            compressed,
            winners,
            own,
            partials,
            constants,
        ] = self.lengths().map(|len| {
            let (part, tail) = std::mem::take(&mut rest).split_at_mut(len);
            rest = tail;
            part
        });
        self.prepare(weights, unit_sums, unit_norms);
        let output_len = output.as_ref().map_or(0, |_| self.output.len());
        let output = match output {
            Some(output) => prefix_mut("the output of a pass", output, self.images * output_len)?,
            None => &mut [],
        };
        let chunk = self.chunk();
        let chunks = self.images.div_ceil(chunk);
        let slices = [&mut *compressed, &mut *winners, own, &mut *partials, output];
        let parts = [
            chunk * self.compressed_len(),
            chunk * self.winners_len(),
            self.own_len(),
            self.partial_len(),
            chunk * output_len,
        ];
        let (weights, unit_sums, unit_norms) = (&*weights, &*unit_sums, &*unit_norms);
        threads.split(
            chunks,
            slices,
            parts,
            |index, [compressed, winners, own, partial, output]| {
                dispatch(TileWork {
                    pass: self,
                    images: index * chunk..((index + 1) * chunk).min(self.images),
                    weights,
                    unit_sums,
                    unit_norms,
                    compressed,
                    winners,
                    own,
                    partial,
                    output,
                });
            },
        );
        if let Some(sums) = sums {
            add_unit_sums(self.plan, partials, [self.partial_len(), 0], false, sums)?;
            self.learn(threads, compressed, winners, constants, sums)?;
        }
        workspace.scratch.fused = scratch;
        Ok(())
    }

    /// Wᵀ, each unit's sum of weights, and what the similarity needs of it.
    fn prepare(&self, weights: &mut [f32], unit_sums: &mut [f32], unit_norms: &mut [f32]) {
        let (width, patch_len) = (self.width(), self.plan.geometry.patch_len());
        weights.fill(0.0);
        unit_sums.fill(0.0);
        for (unit, row) in self.weights.chunks_exact(patch_len).enumerate() {
            unit_sums[unit] = sum_of(row, |weight| weight);
            unit_norms[unit] = prepare_unit(self.plan.similarity, sum_of(row, |weight| weight * weight));
            for (place, weight) in weights[unit..].iter_mut().step_by(width).zip(row) {
                *place = *weight;
            }
        }
    }

    /// Aᵀ X from the winners, by the owners of its rows.
    fn learn(
        &self,
        threads: &Threads,
        compressed: &[f32],
        winners: &[f32],
        constants: &mut [f32],
        sums: &mut Sums<CpuBackend>,
    ) -> Result<()> {
        let patch_len = self.plan.geometry.patch_len();
        let hebb = prefix_mut("the Hebb sums of a pass", &mut sums.hebb, self.plan.weights())?;
        let parts = [UNITS * patch_len, UNITS];
        threads.split(
            self.plan.units.div_ceil(UNITS),
            [hebb, constants],
            parts,
            |task, [rows, constants]| {
                let learn = Learn {
                    pass: self,
                    compressed,
                    winners,
                    first: task * UNITS,
                    constants,
                    rows,
                };
                learn.run();
            },
        );
        sums.patches = self.plan.patches(self.images);
        Ok(())
    }

    /// Images that share one room for responses.
    fn chunk(&self) -> usize {
        /// Chunks of a batch at most: enough for many threads.
        const CHUNKS: usize = 32;
        self.images.div_ceil(CHUNKS)
    }

    /// Units, in whole vectors.
    fn width(&self) -> usize {
        self.plan.units.next_multiple_of(16)
    }

    fn compressed_len(&self) -> usize {
        let shape = self.plan.geometry.input();
        compressed_len(shape.positions(), shape.len())
    }

    /// For each of an image's winners its unit (as bits) and its factor.
    fn winners_len(&self) -> usize {
        2 * self.plan.geometry.positions() * self.winners
    }

    fn own_len(&self) -> usize {
        self.plan.geometry.positions() * self.width() + self.width()
    }

    fn partial_len(&self) -> usize {
        if self.learns {
            Partial::len(0, self.plan.units, self.plan.lowering.states.len())
        } else {
            0
        }
    }

    fn lengths(&self) -> [usize; 8] {
        let chunks = self.images.div_ceil(self.chunk());
        [
            self.plan.geometry.patch_len() * self.width(),
            self.width(),
            self.width(),
            self.images * self.compressed_len(),
            self.images * self.winners_len(),
            chunks * self.own_len(),
            chunks * self.partial_len(),
            self.plan.units,
        ]
    }

    /// The compressed images of a range, one after the other.
    fn images_of(&self, images: Range<usize>) -> &'a [f32] {
        let len = self.plan.geometry.input().len();
        &self.input[images.start * len..images.end * len]
    }
}

/// Whether patches lie within the image and only winners learn.
fn covers(plan: &LayerPlan, learns: bool) -> bool {
    let competes = learns || plan.output == Output::Competition;
    let winners = plan.competition.winners();
    let few = winners.is_some_and(|winners| winners <= MAX_WINNERS.min(plan.units));
    plan.geometry.window().padding == [0, 0]
        && plan.similarity.weight().is_none()
        && !has_composed_output(plan)
        && (!competes || few)
        && (!learns || learns_from_winners(plan))
}
