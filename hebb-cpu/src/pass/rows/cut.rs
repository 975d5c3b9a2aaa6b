//! The cut of a batch into groups and tasks, by its sizes alone.

use crate::gemm::MR;
use crate::memory::{LINE, len_if};
use crate::pass::CheckedInput;
use crate::threads::even;
use crate::winograd::{Forward, Tiling, spacing};

/// The cut of a batch, and the lengths of what a group shares.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    /// Images of a task.
    pub(super) images: usize,
    /// Tasks of a group.
    pub(super) tasks: usize,
    /// Values from one row of U to the next: N and what fills its last cache line.
    pub(super) width: usize,
    /// Patches of a task.
    pub(super) rows: usize,
    /// Factors of a task; none where winners learn.
    pub(super) factors: usize,
    /// The tiles of a layer that goes by Winograd.
    pub(super) tiling: Option<Tiling>,
    /// Values of one point of the transformed images of a task.
    pub(super) point: usize,
}

impl Cut {
    /// The cut of a layer of graded competition: few tasks a group, since their factors stay in memory.
    pub(super) fn graded(input: &CheckedInput<'_>, tiling: Option<Tiling>) -> Self {
        /// Values of the weights that a second-level cache holds.
        const CACHED: usize = 1 << 18;
        /// Tasks of a group at most: enough for many threads.
        const TASKS: usize = 32;
        /// Values of U or A that a group may take, one task aside.
        const GROUP: usize = 1 << 21;
        let plan = input.plan;
        let (positions, units) = (plan.geometry.positions(), plan.units);
        // Patches that a task should have, so that reading the weights costs little, and tasks that a batch should have.
        let (rows, shares) = if plan.weights() > CACHED {
            (320, 2)
        } else {
            (64, 8)
        };
        let most = usize::min(rows / positions, input.images / shares).max(1);
        let images = input.images.div_ceil(even(input.images.div_ceil(most))).max(1);
        let (rows, width) = (images * positions, units.next_multiple_of(LINE));
        let products = tiling.map_or(0, |tiling| Forward::products_len(images * tiling.tiles()));
        let own = (rows * width + 2 * units + products).next_multiple_of(LINE);
        let all = input.images.div_ceil(images);
        let groups = all.div_ceil((GROUP / own).clamp(2, TASKS)).max(1);
        Self {
            images,
            tasks: all.div_ceil(groups),
            width,
            rows,
            factors: len_if(input.learns, units.next_multiple_of(MR) * rows),
            tiling,
            point: tiling.map_or(0, |tiling| images * tiling.tiles() * tiling.channels),
        }
    }

    /// The cut of a layer whose winners learn from sparse images: one group, image by image.
    pub(super) fn sparse(input: &CheckedInput<'_>) -> Self {
        /// Tasks of a batch at most: enough for many threads.
        const TASKS: usize = 32;
        let images = input.images.div_ceil(TASKS);
        Self {
            images,
            tasks: input.images.div_ceil(images),
            width: input.plan.units.next_multiple_of(LINE),
            rows: images * input.plan.geometry.positions(),
            factors: 0,
            tiling: None,
            point: 0,
        }
    }

    /// Images of a group.
    pub(super) fn group(&self) -> usize {
        self.tasks * self.images
    }

    /// Values from one point of the transformed images of a group to the next.
    pub(super) fn spacing(&self) -> usize {
        match self.point {
            0 => 0,
            len => spacing(self.tasks * len),
        }
    }
}
