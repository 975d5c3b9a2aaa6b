//! The work of one chunk: image by image, tile by tile.

use super::PlanesPass;
use super::competition::FindWinners;
use super::image::{Image, TileScratch};
use super::learn::{ChunkSums, Learn};
use super::operands::{PlanesOperands, PlanesWeights};
use super::output::{Activate, Target, Write};
use super::product::Dense;
use super::tile::Tile;
use super::transformed::TransformedProduct;
use crate::memory::{KeptBuffer, cleared, len_if};
use crate::simd::vectorized;
use hebb_core::Result;
use hebb_core::rule::Lowering;
use std::ops::Range;

/// Memory of one chunk that a layer keeps between batches.
#[derive(Debug, Default)]
pub(super) struct ChunkScratch {
    pub(super) sums: ChunkSums,
    image: ImageScratch,
    tile: TileScratch,
}

/// The layouts of one image; empty parts are not read.
#[derive(Debug, Default)]
struct ImageScratch {
    planes: KeptBuffer,
    padded: KeptBuffer,
    /// A row of the padded image.
    row: Vec<f32>,
    /// Thresholds where a teacher selects the units that compete.
    thresholds: Vec<f32>,
}

impl ChunkScratch {
    /// Makes all parts as long as a pass needs them, and the sums zero.
    fn resize(&mut self, pass: &PlanesPass<'_>, weights: PlanesWeights<'_>) -> Result<()> {
        let PlanesPass { input, padded, .. } = pass;
        let (units, conv) = (input.plan.units, &input.plan.geometry);
        let span = Tile::max_span(conv, &pass.planes, pass.height);
        // The product reads planes or the padded image; learning reads the padded image, but for the kept connections.
        let (by_planes, learns_padded, products) = match weights {
            PlanesWeights::Dense(_) => (true, input.learns, Dense::packed_len(conv.patch_len(), span)),
            PlanesWeights::Pruned(_) => (true, false, 0),
            PlanesWeights::Transformed(tiling, _) => (false, true, TransformedProduct::len(&tiling, units)),
        };
        let padded_len = len_if(padded.has_padding() && learns_padded, padded.len());
        self.image.padded.take(padded_len)?;
        self.image.planes.take(len_if(by_planes, pass.planes.len()))?;
        cleared(&mut self.image.row, padded.columns())?;
        cleared(&mut self.image.thresholds, len_if(input.clamped, units))?;
        self.tile.u.take(span * units)?;
        self.tile.products.take(products)?;
        self.tile.norms.take(span)?;
        self.tile.winners.resize(pass.winners, span)?;
        self.sums.units.clear(input.plan)?;
        self.sums
            .hebb
            .take(len_if(input.learns, pass.hebb_len()))?
            .fill(0.0);
        Ok(())
    }
}

/// One chunk of images.
#[derive(Debug)]
pub(super) struct Chunk<'a> {
    pub(super) pass: &'a PlanesPass<'a>,
    pub(super) prepared: PlanesOperands<'a>,
    pub(super) images: Range<usize>,
    /// The outputs of these images; empty if they are not asked for.
    pub(super) output: &'a mut [f32],
}

impl Chunk<'_> {
    pub(super) fn run(self, scratch: &mut ChunkScratch) -> Result<()> {
        let (pass, prepared) = (self.pass, self.prepared);
        scratch.resize(pass, prepared.weights)?;
        let mut outputs = self.output.chunks_exact_mut(pass.input.output.len());
        for index in self.images {
            let mut target = outputs.next().map(|output| Target::new(&pass.input, output));
            let image = scratch.image.fill(pass, prepared, index);
            for tile in pass.tiles() {
                let memory = &mut scratch.tile;
                image.respond(&tile, memory);
                if pass.winners > 0 {
                    memory.winners.resize(pass.winners, tile.span)?;
                    vectorized(FindWinners, (&image, &tile, &mut *memory));
                }
                if pass.input.learns {
                    vectorized(Learn, (&image, &tile, &*memory, &mut scratch.sums));
                }
                if let Some(target) = &mut target {
                    vectorized(Activate, (&image, &tile, &mut *memory));
                    let values = &memory.u[..tile.span * pass.input.plan.units];
                    vectorized(Write, (target, &tile, values));
                }
            }
        }
        Ok(())
    }
}

impl ImageScratch {
    /// Lays an image out.
    fn fill<'a>(
        &'a mut self,
        pass: &'a PlanesPass<'_>,
        prepared: PlanesOperands<'a>,
        index: usize,
    ) -> Image<'a> {
        let values = pass.input.images(index..index + 1);
        if !self.planes.is_empty() {
            pass.planes
                .fill(prepared.sources, values, &mut self.row, &mut self.planes);
        }
        if !self.padded.is_empty() {
            pass.padded.pad(prepared.sources, values, &mut self.padded);
        }
        let teacher = pass.input.teacher(index);
        // Too high for units whose teacher's signal is not positive.
        let taught = teacher.iter().zip(prepared.thresholds);
        for (to, (t, threshold)) in self.thresholds.iter_mut().zip(taught) {
            *to = if *t > 0.0 { *threshold } else { Lowering::SILENT };
        }
        Image {
            pass,
            prepared,
            planes: &self.planes,
            padded: if self.padded.is_empty() {
                values
            } else {
                &self.padded
            },
            teacher,
            thresholds: &self.thresholds,
        }
    }
}
