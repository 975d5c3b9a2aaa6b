//! Passes over planes: the responses of a unit to neighbouring positions lie side by side, and winners learn.
//!
//! Each tile of an image is multiplied, competes, learns and is pooled while it is in cache. Images are worked on in chunks
//! whose number the sizes alone fix. Every chunk has sums of its own, which are added in order at the end, so that the result
//! is the same bits for any number of threads.

mod chunk;
mod competition;
mod image;
mod layout;
mod learn;
mod operands;
mod output;
mod product;
mod pruned;
mod reduce;
mod tile;
mod transformed;
mod winners;

pub(super) use layout::suits_planes;

use super::{CheckedInput, Results};
use crate::device::CpuBackend;
use crate::image::PaddedLayout;
use crate::threads::chunks;
use crate::winograd::Tiling;
use chunk::{Chunk, ChunkScratch};
use hebb_core::Result;
use hebb_core::plan::Mask;
use layout::PlaneLayout;
use operands::PlanesOperandsScratch;
use tile::Tile;

/// Memory of a pass over planes that a layer keeps between batches.
#[derive(Debug, Default)]
pub(crate) struct PlanesScratch {
    prepared: PlanesOperandsScratch,
    chunks: Vec<ChunkScratch>,
}

/// A pass over planes.
#[derive(Clone, Copy, Debug)]
struct PlanesPass<'a> {
    input: CheckedInput<'a>,
    /// The mask, if only the connections that it keeps are multiplied.
    kept: Option<&'a Mask>,
    /// The tiles of a layer that goes by Winograd.
    tiling: Option<Tiling>,
    padded: PaddedLayout,
    planes: PlaneLayout,
    /// Rows of a tile.
    height: usize,
    /// Winners of a position to be found.
    winners: usize,
}

/// Runs the pass; with `pruned` only the connections that the mask keeps are multiplied and learned.
pub(super) fn run(
    device: &CpuBackend,
    input: CheckedInput<'_>,
    pruned: bool,
    results: Results<'_>,
    scratch: &mut PlanesScratch,
) -> Result<()> {
    let pass = PlanesPass::new(device, input, pruned);
    let (size, output_len) = (pass.chunk(), results.output.len() / input.images);
    let count = input.images.div_ceil(size);
    if scratch.chunks.len() < count {
        scratch.chunks.resize_with(count, ChunkScratch::default);
    }
    let scratches = &mut scratch.chunks[..count];
    let prepared = scratch.prepared.prepare(&device.threads, &pass)?;
    let shared = (chunks(scratches, 1), chunks(results.output, size * output_len));
    device
        .threads
        .try_split(count, shared, |index, (scratch, output)| {
            let [scratch] = scratch else { return Ok(()) };
            let chunk = Chunk {
                pass: &pass,
                prepared,
                images: index * size..((index + 1) * size).min(input.images),
                output,
            };
            chunk.run(scratch)
        })?;
    match results.sums {
        Some(sums) => reduce::reduce(&device.threads, &pass, &scratch.chunks[..count], sums),
        None => Ok(()),
    }
}

impl<'a> PlanesPass<'a> {
    fn new(device: &CpuBackend, input: CheckedInput<'a>, pruned: bool) -> Self {
        let plan = input.plan;
        let kept = input.mask.filter(|_| pruned);
        let tiling = Tiling::of(device, &plan.geometry, plan.units).filter(|_| !pruned);
        let planes = PlaneLayout::of_plan(plan, pruned);
        Self {
            input,
            kept,
            tiling,
            padded: PaddedLayout::new(&plan.geometry),
            planes,
            height: match tiling {
                Some(_) => plan.geometry.out_height(),
                None => Tile::height(plan, &planes),
            },
            winners: input.winners(),
        }
    }

    /// Images that share one set of sums.
    fn chunk(&self) -> usize {
        /// Chunks of a batch at most: enough for many threads, and few enough to be added up quickly.
        const CHUNKS: usize = 64;
        /// Values that the sums of all chunks may take: they are cleared and added up once a batch.
        const SUMS: usize = 1 << 21;
        let affordable = if self.input.learns {
            SUMS / (self.hebb_len() + self.input.unit_sums()).max(1)
        } else {
            CHUNKS
        };
        self.input.images.div_ceil(affordable.clamp(2, CHUNKS))
    }

    /// Values of the Hebb sums of one chunk: N×K, or one for each connection that is kept.
    fn hebb_len(&self) -> usize {
        self.kept.map_or(self.input.plan.weights(), Mask::kept)
    }

    /// The tiles of an image.
    fn tiles(&self) -> impl Iterator<Item = Tile> {
        Tile::all(&self.input.plan.geometry, self.planes, self.height)
    }
}
