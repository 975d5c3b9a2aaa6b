//! Products and sums of the few connections that a mask keeps.

use super::product::vectors;
use crate::simd::kernel;
use pulp::Simd;

/// A connection that is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Connection {
    /// The index of the first position's value in the planes.
    pub(super) offset: u32,
    pub(super) weight: f32,
}

/// The kept connections of a layer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pruned<'a> {
    /// Unit by unit.
    pub(super) connections: &'a [Connection],
    /// The start of each unit's connections, and the end.
    pub(super) starts: &'a [u32],
}

impl<'a> Pruned<'a> {
    /// The connections of a unit, and the index of the first one.
    #[inline(always)]
    fn of_unit(&self, unit: usize) -> (usize, &'a [Connection]) {
        let start = self.starts[unit] as usize;
        (start, &self.connections[start..self.starts[unit + 1] as usize])
    }

    /// Adds factor·x for the patch at flat index `flat`; `hebb` holds a value for each connection.
    #[inline(always)]
    pub(super) fn add_patch(
        &self,
        planes: &[f32],
        flat: usize,
        (unit, factor): (usize, f32),
        hebb: &mut [f32],
    ) {
        let (start, connections) = self.of_unit(unit);
        for (sum, connection) in hebb[start..].iter_mut().zip(connections) {
            *sum += factor * planes[connection.offset as usize + flat];
        }
    }
}

/// U of a tile, one row of `span` positions for each unit; `planes` start with the tile's first position.
#[inline(always)]
fn pruned_product<S: Simd>(simd: S, pruned: Pruned<'_>, planes: &[f32], span: usize, u: &mut [f32]) {
    for (unit, u) in u.chunks_exact_mut(span).enumerate() {
        let (_, connections) = pruned.of_unit(unit);
        multiply_unit(simd, connections, planes, u);
    }
}

kernel!(pub(super) PrunedProduct: simd pruned_product(pruned: Pruned<'_>, planes: &[f32], span: usize, u: &mut [f32]));

#[inline(always)]
fn multiply_unit<S: Simd>(simd: S, connections: &[Connection], planes: &[f32], u: &mut [f32]) {
    let span = u.len();
    let mut at = 0;
    while at + 8 * S::F32_LANES <= span {
        multiply::<S, 8>(simd, connections, &planes[at..], &mut u[at..]);
        at += 8 * S::F32_LANES;
    }
    while at + 2 * S::F32_LANES <= span {
        multiply::<S, 2>(simd, connections, &planes[at..], &mut u[at..]);
        at += 2 * S::F32_LANES;
    }
    while at < span {
        multiply::<S, 1>(simd, connections, &planes[at..], &mut u[at..]);
        at += S::F32_LANES;
    }
}

/// Dot products of one unit with `RUNS` vectors of positions.
#[inline(always)]
fn multiply<S: Simd, const RUNS: usize>(simd: S, connections: &[Connection], planes: &[f32], u: &mut [f32]) {
    let mut sums = [simd.splat_f32s(0.0); RUNS];
    for Connection { offset, weight } in connections {
        let x = vectors::<S, RUNS>(planes, *offset as usize);
        let weight = simd.splat_f32s(*weight);
        for run in 0..RUNS {
            sums[run] = simd.mul_add_e_f32s(weight, x[run], sums[run]);
        }
    }
    let (row, _) = S::as_mut_simd_f32s(&mut u[..RUNS * S::F32_LANES]);
    row.copy_from_slice(&sums);
}
