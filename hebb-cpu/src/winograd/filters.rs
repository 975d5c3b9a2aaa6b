//! Weights to panels of components, and sums of components to those of weights.

use super::lanes::{load, store};
use super::transform::{both, filter, filter_adjoint};
use super::{COMPONENTS, split_mut};
use crate::instructions::dispatch;
use crate::memory::{LINE, aligned, with_alignment};
use crate::parallel::Pool;
use crate::product::{COLUMNS, Columns, Line, Right, with_room};
use pulp::{Simd, WithSimd};

/// The taps of a filter: 3×3.
pub(super) const TAPS: usize = 9;

/// The components of filters, G g Gᵀ, as panels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filters<'a> {
    panels: &'a [f32],
    /// Values of a component.
    part: usize,
}

impl<'a> Filters<'a> {
    /// Values that filters of `depth` steps and `columns` columns need.
    pub(crate) fn len(depth: usize, columns: usize) -> usize {
        with_alignment(COMPONENTS * columns.div_ceil(COLUMNS) * COLUMNS * depth)
    }

    /// The filters of N units (N×3×3×C): C steps, a column for each unit.
    pub(crate) fn by_units(pool: &Pool, weights: &[f32], channels: usize, room: &'a mut [f32]) -> Self {
        let units = weights.len() / (TAPS * channels);
        Self::pack(pool, room, channels, units, |panel, lines| {
            let weights = &weights[panel * COLUMNS * TAPS * channels..];
            with_room(|room| {
                let near = room.lines.as_flattened_mut().as_flattened_mut();
                dispatch(ByUnits {
                    weights,
                    channels,
                    near,
                    lines,
                });
            });
        })
    }

    /// The filters of N units (N×3×3×C): N steps, a column for each channel.
    pub(crate) fn by_channels(pool: &Pool, weights: &[f32], channels: usize, room: &'a mut [f32]) -> Self {
        let units = weights.len() / (TAPS * channels);
        Self::pack(pool, room, units, channels, |panel, lines| {
            let from = panel * COLUMNS;
            dispatch(ByChannels {
                weights,
                channels,
                from,
                lines,
            });
        })
    }

    fn pack(
        pool: &Pool,
        room: &'a mut [f32],
        depth: usize,
        columns: usize,
        pack: impl Fn(usize, [&mut [Line]; COMPONENTS]) + Sync,
    ) -> Self {
        let (count, len) = (columns.div_ceil(COLUMNS), COLUMNS * depth);
        let panels = aligned(room, COMPONENTS * count * len);
        pool.split(
            count,
            split_mut(panels, count * len),
            [len; COMPONENTS],
            |panel, components| {
                pack(panel, components.map(|values| values.as_chunks_mut().0));
            },
        );
        Self {
            panels,
            part: count * len,
        }
    }

    /// The panels of a component.
    pub(crate) fn component(&self, index: usize) -> &'a [f32] {
        &self.panels[index * self.part..][..self.part]
    }
}

/// One filter's components at some channels.
#[inline(always)]
fn components<S: Simd>(simd: S, weights: &[f32], channels: usize, channel: usize) -> [[S::f32s; 4]; 4] {
    let mut taps = [[simd.splat_f32s(0.0); 3]; 3];
    for (tap, value) in taps.as_flattened_mut().iter_mut().enumerate() {
        *value = load(simd, &weights[tap * channels..][..channels], channel);
    }
    both(simd, taps, filter::<S>)
}

/// A panel of units.
struct ByUnits<'a, 'p> {
    /// From the panel's first unit on.
    weights: &'a [f32],
    channels: usize,
    /// Room for some channels of all units, component by component, before they are transposed.
    near: &'a mut [f32],
    lines: [&'p mut [Line]; COMPONENTS],
}

impl WithSimd for ByUnits<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        const BLOCK: usize = COLUMNS * LINE;
        let (channels, near) = (self.channels, self.near);
        for from in (0..channels).step_by(LINE) {
            let count = LINE.min(channels - from);
            let units = self.weights.chunks_exact(TAPS * channels).take(COLUMNS);
            let known = units.len();
            for (unit, weights) in units.enumerate() {
                for channel in (0..count).step_by(S::F32_LANES) {
                    let found = components(simd, weights, channels, from + channel);
                    for (values, found) in near.chunks_exact_mut(BLOCK).zip(found.as_flattened()) {
                        store(simd, &mut values[unit * LINE..][..LINE], channel, *found);
                    }
                }
            }
            for (values, lines) in near.chunks_exact(BLOCK).zip(&mut self.lines) {
                let values = &values[..known * LINE];
                Columns { values, depth: LINE }.pack(0, 0..count, &mut lines[from..from + count]);
            }
        }
    }
}

/// A panel of channels.
struct ByChannels<'a, 'p> {
    weights: &'a [f32],
    channels: usize,
    /// The panel's first channel.
    from: usize,
    lines: [&'p mut [Line]; COMPONENTS],
}

impl WithSimd for ByChannels<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        let count = COLUMNS.min(self.channels - self.from);
        for (unit, weights) in self.weights.chunks_exact(TAPS * self.channels).enumerate() {
            for channel in (0..count).step_by(S::F32_LANES) {
                let found = components(simd, weights, self.channels, self.from + channel);
                for (lines, values) in self.lines.iter_mut().zip(found.as_flattened()) {
                    store(simd, &mut lines[unit], channel, *values);
                }
            }
        }
    }
}

/// Sums of components to those of weights: Gᵀ u G.
#[derive(Debug)]
pub(crate) struct AddFilters<'a> {
    pub(crate) channels: usize,
    /// N×C each.
    pub(crate) components: [&'a [f32]; COMPONENTS],
    /// Whether the weights' sums hold some already.
    pub(crate) goes_on: bool,
    /// N×3×3×C.
    pub(crate) sums: &'a mut [f32],
}

impl WithSimd for AddFilters<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let channels = self.channels;
        for (unit, sums) in self.sums.chunks_exact_mut(TAPS * channels).enumerate() {
            for channel in (0..channels).step_by(S::F32_LANES) {
                let mut values = [[simd.splat_f32s(0.0); 4]; 4];
                for (value, component) in values.as_flattened_mut().iter_mut().zip(self.components) {
                    *value = load(simd, &component[unit * channels..][..channels], channel);
                }
                let found = both(simd, values, filter_adjoint::<S>);
                for (sums, found) in sums.chunks_exact_mut(channels).zip(found.as_flattened()) {
                    let sum = if self.goes_on {
                        simd.add_f32s(load(simd, sums, channel), *found)
                    } else {
                        *found
                    };
                    store(simd, sums, channel, sum);
                }
            }
        }
    }
}
