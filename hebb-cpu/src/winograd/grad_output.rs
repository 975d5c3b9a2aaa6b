//! Transformed output gradients, packed as the left operand of the Winograd products.

use super::Tiling;
use super::transform::output_adjoint_factors;
use crate::gemm::{KC, MR, PackA, PackedA, PanelA};
use std::ops::Range;

/// Gradients of the outputs of some images: a value for each unit at each output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GradOutput<'a> {
    pub(crate) tiling: &'a Tiling,
    pub(crate) values: &'a [f32],
    /// Units, N.
    pub(crate) units: usize,
    /// Images that lie together, and values from one such group to the next.
    pub(crate) group: [usize; 2],
    /// Values from one output of an image to the next.
    pub(crate) position: usize,
    /// Values from one block of [`MR`] units to the next.
    pub(crate) block: usize,
}

/// The starts of a tile's four outputs, and the factor of each in one point; 0 for those that do not exist.
struct Corners {
    starts: [usize; 4],
    factors: [f32; 4],
}

impl GradOutput<'_> {
    #[inline(always)]
    fn corners(&self, point: usize, tile: usize) -> Corners {
        let (image, tile) = (tile / self.tiling.tiles(), tile % self.tiling.tiles());
        let (group, row) = (image / self.group[0], image % self.group[0]);
        let start = group * self.group[1] + row * self.tiling.positions() * self.position;
        let mut corners = Corners {
            starts: [start; 4],
            factors: output_adjoint_factors(point),
        };
        for (corner, position) in self.tiling.outputs_of(tile).as_flattened().iter().enumerate() {
            match position {
                Some(at) => corners.starts[corner] += at * self.position,
                None => corners.factors[corner] = 0.0,
            }
        }
        corners
    }

    /// One point of A y Aᵀ at a tile, for the units whose values lie `offset` behind an output's first.
    #[inline(always)]
    fn add_up(&self, corners: &Corners, offset: usize, to: &mut [f32]) {
        let [start_a, start_b, start_c, start_d] = corners.starts;
        let [fa, fb, fc, fd] = corners.factors;
        let a = &self.values[start_a + offset..][..to.len()];
        let b = &self.values[start_b + offset..][..to.len()];
        let c = &self.values[start_c + offset..][..to.len()];
        let d = &self.values[start_d + offset..][..to.len()];
        for (index, to) in to.iter_mut().enumerate() {
            *to = fa * a[index] + fb * b[index] + (fc * c[index] + fd * d[index]);
        }
    }
}

/// One point: units by tiles.
#[derive(Clone, Copy, Debug)]
pub(super) struct UnitsByTiles<'a>(pub(super) GradOutput<'a>, pub(super) usize);

impl PackA for UnitsByTiles<'_> {
    #[inline(always)]
    fn packed(panel: &PanelA) -> PackedA<'_> {
        PackedA::Steps(panel.as_chunks().0)
    }

    #[inline(always)]
    fn pack_a(&self, rows: Range<usize>, steps: Range<usize>, panels: &mut [PanelA]) {
        let Self(grad_output, point) = *self;
        let blocks = rows.start / MR..rows.end.div_ceil(MR);
        for (index, step) in steps.enumerate() {
            let corners = grad_output.corners(point, step);
            for (block, panel) in blocks.clone().zip(&mut *panels) {
                let place = &mut panel.as_chunks_mut::<MR>().0[index];
                let (units, offset) = (grad_output.units - block * MR, block * grad_output.block);
                if units >= MR {
                    grad_output.add_up(&corners, offset, place);
                } else {
                    grad_output.add_up(&corners, offset, &mut place[..units]);
                }
            }
        }
    }
}

/// One point: tiles by units, whose values lie side by side.
#[derive(Clone, Copy, Debug)]
pub(super) struct TilesByUnits<'a>(pub(super) GradOutput<'a>, pub(super) usize);

impl PackA for TilesByUnits<'_> {
    #[inline(always)]
    fn pack_a(&self, rows: Range<usize>, steps: Range<usize>, panels: &mut [PanelA]) {
        let Self(grad_output, point) = *self;
        let places = panels.as_flattened_mut().chunks_exact_mut(KC);
        for (row, place) in rows.zip(places) {
            let corners = grad_output.corners(point, row);
            grad_output.add_up(&corners, steps.start, &mut place[..steps.len()]);
        }
    }
}
