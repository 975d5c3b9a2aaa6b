//! What the pass keeps in the caller's workspace: tables and packed weights for all, and room for each chunk.

use super::Fused;
use super::components::Responses;
use super::layout::Layout;
use super::learn::Partial;
use super::planes::Planes;
use super::product::{Weights, near_len, pack_dense, pack_sparse};
use super::route::Route;
use super::tile::Tile;
use crate::given::Given;
use crate::parallel::Pool;
use crate::primitives::similarity::prepare_units;
use crate::winograd::{Filters, Grid};
use hebb_core::plan::Mask;

/// Lengths of everything that a pass needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) layout: Layout,
    /// The tiles of outputs, where the layer goes by components.
    pub(super) grid: Option<Grid>,
    pub(super) planes: Planes,
    /// Values of the planes, where the product reads them.
    pub(super) filled: usize,
    /// Rows of a tile.
    pub(super) height: usize,
    /// The largest span of a tile.
    pub(super) span: usize,
    /// Packed weights.
    weights: usize,
    /// What all chunks share.
    pub(super) shared: usize,
    /// The padded image, where it is not the image itself.
    pub(super) padded: usize,
    /// What a dense product keeps near, or what components need.
    pub(super) near: usize,
    /// Thresholds of an image, where a teacher says which units compete.
    pub(super) heard: usize,
    /// What one chunk has of its own.
    pub(super) own: usize,
    /// The sums of one chunk.
    pub(super) partial: usize,
}

impl Sizes {
    pub(super) fn new(given: &Given<'_>, route: Route, grid: Option<Grid>) -> Self {
        let Given {
            plan, mask, learns, ..
        } = *given;
        let conv = &plan.geometry;
        let (layout, planes) = (Layout::new(conv), route.planes(plan));
        let height = match grid {
            Some(_) => conv.out_height(),
            None => Tile::height(plan, &planes),
        };
        let span = Tile::max_span(conv, &planes, height);
        let kept = mask.filter(|_| route.sparse);
        let weights = match (kept, grid) {
            (Some(mask), _) => Weights::sparse_len(mask),
            (None, Some(grid)) => Filters::len(grid.channels, plan.units),
            (None, None) => Weights::dense_len(plan.units, conv.patch_len()),
        };
        let padded = if grid.is_some() || learns && !route.sparse {
            layout.padded_len()
        } else {
            0
        };
        let near = match grid {
            _ if route.sparse => 0,
            Some(grid) => Responses::room_len(&grid, plan.units),
            None => near_len(conv.patch_len(), span),
        };
        let filled = if grid.is_some() { 0 } else { planes.len() };
        let heard = if given.clamped { plan.units } else { 0 };
        let tile = span * (plan.units + 2 * route.winners + 1);
        let states = plan.lowering.states.len();
        let hebb = kept.map_or(plan.weights(), Mask::kept);
        Self {
            layout,
            grid,
            planes,
            filled,
            height,
            span,
            weights,
            shared: weights + layout.table_len() + 3 * plan.units,
            padded,
            near,
            heard,
            own: near + filled + layout.padded[1] + padded + heard + tile,
            partial: Partial::len(hebb, plan.units, states),
        }
    }
}

/// What all chunks read.
#[derive(Debug)]
pub(super) struct Prepared<'a> {
    pub(super) weights: Weights<'a>,
    /// The tables of [`Layout::source_tables`].
    pub(super) tables: &'a [f32],
    /// b, or zeros.
    pub(super) thresholds: &'a [f32],
    /// What the similarity needs of each unit.
    pub(super) unit_norms: &'a [f32],
    /// Where each unit's kept connections start, as bits.
    pub(super) starts: &'a [f32],
    /// The former states, one row of N for each.
    pub(super) states: &'a [f32],
    /// t, images×N, or nothing.
    pub(super) teacher: &'a [f32],
}

impl<'a> Prepared<'a> {
    pub(super) fn new(pass: &Fused<'a>, threads: &Pool, shared: &'a mut [f32]) -> Self {
        let (plan, sizes, given) = (pass.plan, &pass.sizes, &pass.given);
        let units = plan.units;
        let (weights, rest) = shared.split_at_mut(sizes.weights);
        let (tables, rest) = rest.split_at_mut(sizes.layout.table_len());
        let (thresholds, rest) = rest.split_at_mut(units);
        let (unit_norms, starts) = rest.split_at_mut(units);
        sizes.layout.source_tables(tables);
        match given.thresholds {
            Some(values) => thresholds.copy_from_slice(values),
            None => thresholds.fill(0.0),
        }
        let rows = given.weights;
        prepare_units(plan, rows, unit_norms);
        let kept = given.mask.filter(|_| pass.route.sparse);
        if let Some(mask) = kept {
            fill_starts(mask, starts);
        }
        Self {
            weights: pack(pass, threads, kept, rows, weights),
            tables,
            thresholds,
            unit_norms,
            starts,
            states: given.states,
            teacher: given.teacher,
        }
    }
}

fn pack<'a>(
    pass: &Fused<'a>,
    threads: &Pool,
    kept: Option<&'a Mask>,
    rows: &[f32],
    scratch: &'a mut [f32],
) -> Weights<'a> {
    let planes = pass.sizes.planes;
    let conv = &pass.plan.geometry;
    match (kept, pass.sizes.grid) {
        (Some(mask), _) => pack_sparse(rows, mask, |k| planes.offset_of_column(k), scratch),
        (None, Some(grid)) => {
            Weights::Components(Filters::by_units(threads, rows, grid.channels, scratch), grid)
        }
        (None, None) => {
            // Channel by channel, so that the taps of one plane follow each other.
            let channels = conv.input().channels;
            let taps = conv.patch_len() / channels;
            let column = |row: usize| row % taps * channels + row / taps;
            pack_dense(
                rows,
                conv.patch_len(),
                column,
                |k| planes.offset_of_column(k),
                scratch,
            )
        }
    }
}

fn fill_starts(mask: &Mask, starts: &mut [f32]) {
    let mut start = 0u32;
    for (unit, to) in starts.iter_mut().enumerate() {
        *to = f32::from_bits(start);
        start += mask.row(unit).len() as u32;
    }
}
