//! The work of one chunk: image by image, tile by tile.

use super::Fused;
use super::compete::{Contest, Scores, Winners};
use super::components::Squares;
use super::emit::{Activation, Target, Write};
use super::learn::{Formulas, Lesson, Partial, Patches};
use super::product::{Product, Weights};
use super::scratch::Prepared;
use super::tile::Tile;
use crate::primitives::apart;
use crate::primitives::similarity::{prepare_patch, transform};
use hebb_core::rule::Lowering;
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// One chunk of images; empty parts stand for what nobody asked for.
#[derive(Debug)]
pub(super) struct Worker<'a> {
    pub(super) pass: &'a Fused<'a>,
    pub(super) prepared: &'a Prepared<'a>,
    pub(super) images: Range<usize>,
    /// The sums of this chunk.
    pub(super) partial: &'a mut [f32],
    /// The outputs of these images.
    pub(super) output: &'a mut [f32],
    pub(super) own: &'a mut [f32],
}

/// Room for one image and one tile of it.
struct Room<'a> {
    planes: &'a mut [f32],
    line: &'a mut [f32],
    padded: &'a mut [f32],
    u: &'a mut [f32],
    near: &'a mut [f32],
    heard: &'a mut [f32],
    winners: &'a mut [f32],
    norms: &'a mut [f32],
}

impl WithSimd for Worker<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let pass = self.pass;
        let room = Room::of(pass, self.own);
        self.partial.fill(0.0);
        let learns = !self.partial.is_empty();
        let mut partial = learns.then(|| pass.partial(self.partial));
        let (input_len, output_len) = (pass.plan.geometry.input().len(), pass.output.len());
        let emits = !self.output.is_empty();
        for (index, image) in self.images.enumerate() {
            let values = &pass.input[image * input_len..][..input_len];
            let mut target =
                emits.then(|| target(pass, &mut self.output[index * output_len..][..output_len]));
            let (layout, planes) = (&pass.sizes.layout, pass.sizes.planes);
            let sources = layout.sources(self.prepared.tables);
            if !room.planes.is_empty() {
                planes.fill(sources, values, room.line, room.planes);
            }
            let padded = if room.padded.is_empty() {
                values
            } else {
                layout.pad(self.prepared.tables, values, room.padded);
                &*room.padded
            };
            let teacher = self
                .prepared
                .teacher
                .get(image * pass.plan.units..)
                .unwrap_or_default();
            silence(teacher, self.prepared.thresholds, room.heard);
            let job = Job {
                pass,
                prepared: self.prepared,
                padded,
                teacher,
                heard: room.heard,
            };
            for tile in Tile::all(&pass.plan.geometry, planes, pass.sizes.height) {
                let buffers = Buffers {
                    planes: room.planes,
                    u: &mut room.u[..tile.span * pass.plan.units],
                    near: room.near,
                    winners: Winners::of_scratch(room.winners, pass.route.winners, tile.span),
                    norms: &mut room.norms[..tile.span],
                };
                job.tile(simd, &tile, buffers, partial.as_mut(), target.as_mut());
            }
        }
    }
}

/// The thresholds of an image: too high for units whose teacher's signal is not positive.
#[inline(always)]
fn silence(teacher: &[f32], thresholds: &[f32], heard: &mut [f32]) {
    for (heard, (t, threshold)) in heard.iter_mut().zip(teacher.iter().zip(thresholds)) {
        *heard = if *t > 0.0 { *threshold } else { Lowering::SILENT };
    }
}

fn target<'a>(pass: &Fused<'_>, image: &'a mut [f32]) -> Target<'a> {
    Target {
        shape: pass.plan.geometry.output(pass.plan.units),
        pool: pass.plan.pool.map(|pool| (pool, pass.output)),
        image,
    }
}

impl<'a> Room<'a> {
    fn of(pass: &Fused<'_>, own: &'a mut [f32]) -> Self {
        let sizes = &pass.sizes;
        let (planes, rest) = own.split_at_mut(sizes.filled);
        let (line, rest) = rest.split_at_mut(sizes.layout.padded[1]);
        let (padded, rest) = rest.split_at_mut(sizes.padded);
        let (u, rest) = rest.split_at_mut(sizes.span * pass.plan.units);
        let (near, rest) = rest.split_at_mut(sizes.near);
        let (heard, rest) = rest.split_at_mut(sizes.heard);
        let (winners, norms) = rest.split_at_mut(2 * sizes.span * pass.route.winners);
        Self {
            planes,
            line,
            padded,
            u,
            near,
            heard,
            winners,
            norms,
        }
    }
}

/// One image.
struct Job<'a> {
    pass: &'a Fused<'a>,
    prepared: &'a Prepared<'a>,
    padded: &'a [f32],
    teacher: &'a [f32],
    /// The thresholds where a teacher says which units compete; else nothing.
    heard: &'a [f32],
}

/// Room for one tile of an image whose planes are filled.
struct Buffers<'a> {
    planes: &'a [f32],
    u: &'a mut [f32],
    near: &'a mut [f32],
    winners: Winners<'a>,
    /// A value for each position.
    norms: &'a mut [f32],
}

impl Job<'_> {
    #[inline(always)]
    fn tile<S: Simd>(
        &self,
        simd: S,
        tile: &Tile,
        mut buffers: Buffers<'_>,
        partial: Option<&mut Partial<'_>>,
        target: Option<&mut Target<'_>>,
    ) {
        let (plan, thresholds) = (self.pass.plan, self.prepared.thresholds);
        let product = Product {
            weights: self.prepared.weights,
            planes: buffers.planes,
            padded: self.padded,
            first: tile.first(),
            units: plan.units,
            u: &mut *buffers.u,
            near: &mut *buffers.near,
        };
        apart(simd, product);
        apart(
            simd,
            Resemble {
                job: self,
                tile,
                buffers: &mut buffers,
            },
        );
        let count = self.pass.route.winners;
        if count > 0 {
            let clamped = !self.heard.is_empty();
            let scores = Scores {
                u: buffers.u,
                thresholds: if clamped { self.heard } else { thresholds },
                span: tile.span,
            };
            let winners = &mut buffers.winners;
            apart(
                simd,
                Contest {
                    winners,
                    competition: &plan.competition,
                    count,
                    scores,
                    teacher: if clamped { self.teacher } else { &[] },
                },
            );
        }
        if let Some(partial) = partial {
            let patches = self.patches(buffers.planes);
            let (formulas, winners) = (self.formulas(), &buffers.winners);
            apart(
                simd,
                Lesson {
                    sums: partial,
                    tile,
                    formulas,
                    winners,
                    count,
                    u: buffers.u,
                    patches,
                },
            );
        }
        if let Some(target) = target {
            let winners = plan.competition.winners().map(|_| (&buffers.winners, count));
            apart(
                simd,
                Activation {
                    output: &plan.output,
                    similarity: plan.similarity,
                    tile,
                    thresholds,
                    winners,
                    means: &mut *buffers.norms,
                    u: &mut *buffers.u,
                },
            );
            apart(
                simd,
                Write {
                    target,
                    tile,
                    values: &*buffers.u,
                },
            );
        }
    }

    /// Sums the squares of every position's patch.
    #[inline(always)]
    fn square(&self, tile: &Tile, buffers: &mut Buffers<'_>) {
        match self.prepared.weights {
            Weights::Components(_, grid) => Squares {
                grid: &grid,
                padded: self.padded,
                room: buffers.near,
                norms: buffers.norms,
            }
            .run(),
            Weights::Dense { offsets, .. } => {
                for offset in offsets {
                    add_squares(tile, buffers, offset.to_bits() as usize);
                }
            }
            Weights::Sparse { .. } => {
                for k in 0..self.pass.plan.geometry.patch_len() {
                    add_squares(tile, buffers, self.pass.sizes.planes.offset_of_column(k));
                }
            }
        }
    }

    fn formulas(&self) -> Formulas<'_> {
        Formulas {
            rule: &self.pass.plan.lowering,
            states: self.prepared.states,
            teacher: self.teacher,
            units: self.pass.plan.units,
        }
    }

    fn patches<'p>(&'p self, planes: &'p [f32]) -> Patches<'p> {
        match self.prepared.weights {
            Weights::Dense { .. } | Weights::Components(..) => Patches::Runs {
                conv: &self.pass.plan.geometry,
                padded: self.padded,
                line: self.pass.sizes.layout.padded_line(),
            },
            Weights::Sparse { pairs, mask } => Patches::Kept {
                pairs,
                mask,
                planes,
                starts: self.prepared.starts,
            },
        }
    }
}

/// Adds the squares of what lies under one tap of a tile's positions.
#[inline(always)]
fn add_squares(tile: &Tile, buffers: &mut Buffers<'_>, offset: usize) {
    let values = &buffers.planes[tile.first() + offset..][..tile.span];
    buffers
        .norms
        .iter_mut()
        .zip(values)
        .for_each(|(norm, value)| *norm += value * value);
}

/// Turns a tile's dot products into similarities.
struct Resemble<'a, 'b> {
    job: &'a Job<'a>,
    tile: &'a Tile,
    buffers: &'a mut Buffers<'b>,
}

impl WithSimd for Resemble<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { job, tile, buffers } = self;
        let similarity = job.pass.plan.similarity;
        if !similarity.needs_unit_norms() {
            return;
        }
        buffers.norms.fill(0.0);
        if similarity.needs_patch_norms() {
            job.square(tile, buffers);
        }
        for norm in &mut *buffers.norms {
            *norm = prepare_patch(similarity, *norm);
        }
        let rows = buffers.u.chunks_exact_mut(tile.span);
        for (row, unit) in rows.zip(job.prepared.unit_norms) {
            transform(similarity, *unit, buffers.norms, row);
        }
    }
}
