//! A batch through a layer in one pass: each tile of an image is multiplied, competes, learns and is pooled while it is
//! in cache.
//!
//! Images are worked on in chunks whose number the sizes alone fix. Every chunk has sums of its own, which are added in
//! order at the end, so that the result is the same bits for any number of threads.

mod compete;
mod components;
mod emit;
mod image;
mod layout;
mod learn;
mod planes;
mod product;
mod reduce;
mod route;
mod scratch;
mod tile;

pub(crate) use compete::MAX_WINNERS;
pub(crate) use layout::Layout;
pub(crate) use learn::{Formulas, Partial};
pub(crate) use reduce::add_unit_sums;
pub(crate) use route::{has_composed_output, is_sparse, learns_from_winners};
pub(crate) use tile::tiles;

use crate::CpuBackend;
use crate::given::Given;
use crate::instructions::dispatch;
use crate::memory::{prefix_mut, take};
use crate::parallel::Pool as Threads;
use crate::winograd::Grid;
use hebb_core::Result;
use hebb_core::backend::{LayerPlan, Sums, Workspace};
use hebb_core::geometry::ImageShape;
use hebb_core::plan::Mask;
use image::Worker;
use route::Route;
use scratch::{Prepared, Sizes};

/// Whether this path covers a plan.
pub(crate) fn covers(plan: &LayerPlan, mask: Option<&Mask>, learns: bool) -> bool {
    Route::of(plan, mask, learns).is_some()
}

/// A pass whose route is known.
#[derive(Debug)]
pub(crate) struct Fused<'a> {
    plan: &'a LayerPlan,
    route: Route,
    sizes: Sizes,
    images: usize,
    input: &'a [f32],
    given: Given<'a>,
    output: ImageShape,
}

impl<'a> Fused<'a> {
    /// The pass over a batch, if the fused path covers its plan.
    pub(crate) fn of(given: Given<'a>, grid: Option<Grid>) -> Option<Self> {
        let Given {
            plan, mask, learns, ..
        } = given;
        let route = Route::of(plan, mask, learns)?;
        if given.clamped && route.winners == 0 {
            return None;
        }
        Some(Self {
            plan,
            route,
            sizes: Sizes::new(&given, route, grid.filter(|_| !route.sparse)),
            images: given.images,
            input: given.input,
            given,
            output: given.output,
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
        let chunk = self.chunk(sums.is_some());
        let chunks = self.images.div_ceil(chunk);
        let partial_len = if sums.is_some() { self.sizes.partial } else { 0 };
        let mut partials = take(&mut workspace.scratch.partials, chunks * partial_len)?;
        let shared_len = self.sizes.shared;
        let mut scratch = take(&mut workspace.scratch.fused, shared_len + chunks * self.sizes.own)?;

        let (shared, own) = scratch.split_at_mut(shared_len);
        let prepared = Prepared::new(self, threads, shared);
        let output_len = output.as_ref().map_or(0, |_| self.output.len());
        let output = match output {
            Some(output) => prefix_mut("the output of a pass", output, self.images * output_len)?,
            None => &mut [],
        };
        let all = &mut partials[..chunks * partial_len];
        let slices = [all, output, &mut own[..chunks * self.sizes.own]];
        let parts = [partial_len, chunk * output_len, self.sizes.own];
        threads.split(chunks, slices, parts, |index, [partial, output, own]| {
            let images = index * chunk..((index + 1) * chunk).min(self.images);
            dispatch(Worker {
                pass: self,
                prepared: &prepared,
                images,
                partial,
                output,
                own,
            });
        });
        if let Some(sums) = sums {
            let all = &partials[..chunks * partial_len];
            reduce::reduce(self, threads, all, sums)?;
        }
        workspace.scratch.partials = partials;
        workspace.scratch.fused = scratch;
        Ok(())
    }

    /// Images that share one set of sums.
    fn chunk(&self, learns: bool) -> usize {
        /// Chunks of a batch at most: enough for many threads, and few enough to be added up quickly.
        const CHUNKS: usize = 64;
        /// Values that all partial sums may take: they are cleared and added up once a batch.
        const PARTIALS: usize = 1 << 21;
        let affordable = if learns {
            PARTIALS / self.sizes.partial.max(1)
        } else {
            CHUNKS
        };
        self.images.div_ceil(affordable.clamp(2, CHUNKS))
    }

    /// Values of the Hebb sums of one chunk.
    fn hebb_len(&self) -> usize {
        match self.given.mask {
            Some(mask) if self.route.sparse => mask.kept(),
            _ => self.plan.weights(),
        }
    }

    fn partial<'p>(&self, values: &'p mut [f32]) -> Partial<'p> {
        Partial::of(values, self.hebb_len(), self.plan.units)
    }
}
