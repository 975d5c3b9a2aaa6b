//! How a batch is cut into groups and tiles, and what they need of the caller's workspace.

use super::gradient;
use crate::fused::Layout;
use crate::memory::{LINE, aligned, with_alignment};
use crate::parallel::even;
use crate::product::panels_len;
use crate::winograd::{COMPONENTS, Filters, Grid, Respond, part};
use hebb_core::backend::LayerPlan;

/// Values of a row of U: N and what fills its last line, so that all rows start at one.
pub(super) fn width(units: usize) -> usize {
    units.next_multiple_of(LINE)
}

/// Lengths of everything that a pass needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    pub(super) layout: Layout,
    /// The tiles of outputs, where the layer goes by components.
    pub(super) grid: Option<Grid>,
    /// Images of a tile.
    pub(super) tile_images: usize,
    /// Tiles of a group.
    tiles: usize,
    positions: usize,
    panels: usize,
    units: usize,
    /// Factors of a tile.
    pub(super) factors: usize,
    /// What a tile has of its own: responses, and three values for each unit.
    pub(super) own: usize,
    /// The sums over units of one tile.
    pub(super) partial: usize,
}

impl Sizes {
    pub(super) fn new(plan: &LayerPlan, images: usize, learns: bool, grid: Option<Grid>) -> Self {
        /// Values of the weights that a second-level cache holds.
        const NEAR: usize = 1 << 18;
        /// Tiles of a group at most: enough for many threads.
        const TILES: usize = 32;
        /// Values of U or A that a group may take, one tile aside.
        const GROUP: usize = 1 << 21;
        let (positions, units) = (plan.geometry.positions(), plan.units);
        // Patches that a tile should have, so that reading the weights costs little, and tiles that a batch should have.
        let (rows, shares) = if plan.weights() > NEAR { (320, 2) } else { (64, 8) };
        let most = usize::min(rows / positions, images / shares).max(1);
        let tile_images = images.div_ceil(even(images.div_ceil(most))).max(1);
        let rows = tile_images * positions;
        let factors = if learns {
            units.next_multiple_of(gradient::UNITS) * rows
        } else {
            0
        };
        let products = grid.map_or(0, |grid| Respond::products_len(tile_images * grid.tiles()));
        let own = (rows * width(units) + 2 * units + products).next_multiple_of(LINE);
        let affordable = (GROUP / own).clamp(2, TILES);
        let tiles = images.div_ceil(tile_images);
        let groups = tiles.div_ceil(affordable).max(1);
        let channels = plan.geometry.input().channels;
        Self {
            layout: Layout::new(&plan.geometry),
            grid,
            tile_images,
            tiles: tiles.div_ceil(groups),
            positions,
            panels: match grid {
                Some(_) => Filters::len(channels, units),
                None => panels_len(plan.geometry.patch_len(), units),
            },
            units,
            factors,
            own,
            partial: if learns {
                (3 + plan.lowering.states.len()) * units
            } else {
                0
            },
        }
    }

    /// Values of one component of the images of a tile; nothing without components.
    pub(super) fn component(&self) -> usize {
        let values = |grid: Grid| self.tile_images * grid.tiles() * grid.channels;
        self.grid.map_or(0, values)
    }

    /// Values from one component of the images of a group to the next.
    pub(super) fn component_step(&self) -> usize {
        match self.component() {
            0 => 0,
            len => part(self.tiles * len),
        }
    }

    /// Patches of a tile.
    pub(super) fn rows(&self) -> usize {
        self.tile_images * self.positions
    }

    /// Images of a group.
    pub(super) fn group(&self) -> usize {
        self.tiles * self.tile_images
    }

    /// The padded images of a tile; nothing where the images need no border.
    pub(super) fn padded_tile(&self) -> usize {
        self.tile_images * self.layout.padded_len()
    }

    fn all(&self) -> [usize; 8] {
        [
            self.panels,
            self.layout.table_len(),
            self.units,
            self.tiles * self.padded_tile(),
            self.tiles * self.factors,
            self.tiles * self.own,
            self.tiles * self.partial,
            COMPONENTS * self.component_step(),
        ]
        .map(|len| len.next_multiple_of(LINE))
    }

    /// Values of the scratch.
    pub(super) fn len(&self) -> usize {
        with_alignment(self.all().iter().sum())
    }
}

/// The scratch, cut up.
#[derive(Debug)]
pub(super) struct Room<'a> {
    pub(super) panels: &'a mut [f32],
    pub(super) tables: &'a mut [f32],
    pub(super) unit_norms: &'a mut [f32],
    pub(super) padded: &'a mut [f32],
    pub(super) factors: &'a mut [f32],
    pub(super) own: &'a mut [f32],
    pub(super) partials: &'a mut [f32],
    /// The components of a group's images.
    pub(super) components: &'a mut [f32],
}

impl<'a> Room<'a> {
    pub(super) fn of(sizes: &Sizes, scratch: &'a mut [f32]) -> Self {
        let mut rest = aligned(scratch, sizes.all().iter().sum());
        let [
            panels,
            tables,
            unit_norms,
            padded,
            factors,
            own,
            partials,
            components,
        ] = sizes.all().map(|len| {
            let (part, tail) = std::mem::take(&mut rest).split_at_mut(len);
            rest = tail;
            part
        });
        Self {
            panels,
            tables,
            unit_norms,
            padded,
            factors,
            own,
            partials,
            components,
        }
    }
}
