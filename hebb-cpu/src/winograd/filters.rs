//! The filter transform of weights, and its adjoint for their gradients.

use super::split_mut;
use super::tiling::{POINTS, SIDE, TAPS};
use super::transform::{both, filter, filter_adjoint};
use super::vectors::{load, store};
use crate::gemm::{ColumnMajor, NR, PackB, PackedB, RowB, with_pack_buffers};
use crate::memory::{KeptBuffer, LINE};
use crate::simd::{kernel, vectorized};
use crate::threads::{Threads, chunks_of_all};
use hebb_core::Result;
use pulp::Simd;

/// The transformed filters G g Gᵀ, for each point packed as B.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Filters<'a> {
    /// All points, one after the other.
    values: &'a [f32],
    depth: usize,
    columns: usize,
}

impl<'a> Filters<'a> {
    /// The filters of N units (N×3×3×C): C steps, a column for each unit.
    pub(crate) fn of_units(
        threads: &Threads,
        weights: &[f32],
        channels: usize,
        memory: &'a mut KeptBuffer,
    ) -> Result<Self> {
        let units = weights.len() / (TAPS * channels);
        Self::pack(threads, memory, channels, units, |panel, packed| {
            let weights = &weights[panel * NR * TAPS * channels..];
            with_pack_buffers(|buffers| {
                let staged = buffers.b.as_flattened_mut().as_flattened_mut();
                vectorized(PackUnits, (weights, channels, staged, packed));
            });
        })
    }

    /// The filters of N units (N×3×3×C): N steps, a column for each channel.
    pub(crate) fn of_channels(
        threads: &Threads,
        weights: &[f32],
        channels: usize,
        memory: &'a mut KeptBuffer,
    ) -> Result<Self> {
        let units = weights.len() / (TAPS * channels);
        Self::pack(threads, memory, units, channels, |panel, packed| {
            vectorized(PackChannels, (weights, channels, panel * NR, packed));
        })
    }

    fn pack(
        threads: &Threads,
        memory: &'a mut KeptBuffer,
        depth: usize,
        columns: usize,
        pack: impl Fn(usize, [&mut [RowB]; POINTS]) + Sync,
    ) -> Result<Self> {
        let (count, len) = (columns.div_ceil(NR), NR * depth);
        let values = memory.take(POINTS * count * len)?;
        let shared = chunks_of_all(split_mut(values, count * len), len);
        threads.split(count, shared, |panel, points| {
            pack(panel, points.map(|values| values.as_chunks_mut().0));
        });
        Ok(Self {
            values,
            depth,
            columns,
        })
    }

    /// The packed filters of a point.
    pub(crate) fn point(&self, point: usize) -> PackedB<'a> {
        let Self { depth, columns, .. } = *self;
        let len = self.values.len() / POINTS;
        PackedB {
            values: &self.values[point * len..][..len],
            depth,
            columns,
        }
    }
}

/// The transform of one filter at some channels.
#[inline(always)]
fn transform<S: Simd>(simd: S, weights: &[f32], channels: usize, channel: usize) -> [[S::f32s; SIDE]; SIDE] {
    let mut taps = [[simd.splat_f32s(0.0); 3]; 3];
    for (tap, value) in taps.as_flattened_mut().iter_mut().enumerate() {
        *value = load(simd, &weights[tap * channels..][..channels], channel);
    }
    both(simd, taps, filter::<S>)
}

/// The transform of a micro-panel of units, whose weights come first; `staged` holds some channels of all units, point by point,
/// before they are transposed.
#[inline(always)]
fn pack_units<S: Simd>(
    simd: S,
    weights: &[f32],
    channels: usize,
    staged: &mut [f32],
    mut packed: [&mut [RowB]; POINTS],
) {
    const BLOCK: usize = NR * LINE;
    for from in (0..channels).step_by(LINE) {
        let count = LINE.min(channels - from);
        let units = weights.chunks_exact(TAPS * channels).take(NR);
        let known = units.len();
        for (unit, weights) in units.enumerate() {
            for channel in (0..count).step_by(S::F32_LANES) {
                let found = transform(simd, weights, channels, from + channel);
                for (values, found) in staged.chunks_exact_mut(BLOCK).zip(found.as_flattened()) {
                    store(simd, &mut values[unit * LINE..][..LINE], channel, *found);
                }
            }
        }
        for (values, packed) in staged.chunks_exact(BLOCK).zip(&mut packed) {
            let values = &values[..known * LINE];
            ColumnMajor::new(values, LINE).pack_b(0, 0..count, &mut packed[from..from + count]);
        }
    }
}

kernel!(PackUnits: simd pack_units(weights: &[f32], channels: usize, staged: &mut [f32], packed: [&mut [RowB]; POINTS]));

/// The transform of a micro-panel of channels, from channel `first` on.
#[inline(always)]
fn pack_channels<S: Simd>(
    simd: S,
    weights: &[f32],
    channels: usize,
    first: usize,
    mut packed: [&mut [RowB]; POINTS],
) {
    let count = NR.min(channels - first);
    for (unit, weights) in weights.chunks_exact(TAPS * channels).enumerate() {
        for channel in (0..count).step_by(S::F32_LANES) {
            let found = transform(simd, weights, channels, first + channel);
            for (packed, values) in packed.iter_mut().zip(found.as_flattened()) {
                store(simd, &mut packed[unit], channel, *values);
            }
        }
    }
}

kernel!(PackChannels: simd pack_channels(weights: &[f32], channels: usize, first: usize, packed: [&mut [RowB]; POINTS]));

/// The adjoint Gᵀ u G of the filter transform, from N×C values for each point to N×3×3×C; with `continues` it is added to sums of
/// former images.
#[inline(always)]
fn filter_adjoint_of<S: Simd>(
    simd: S,
    channels: usize,
    transformed: [&[f32]; POINTS],
    continues: bool,
    sums: &mut [f32],
) {
    for (unit, sums) in sums.chunks_exact_mut(TAPS * channels).enumerate() {
        for channel in (0..channels).step_by(S::F32_LANES) {
            let mut values = [[simd.splat_f32s(0.0); SIDE]; SIDE];
            for (value, point) in values.as_flattened_mut().iter_mut().zip(transformed) {
                *value = load(simd, &point[unit * channels..][..channels], channel);
            }
            let found = both(simd, values, filter_adjoint::<S>);
            for (sums, found) in sums.chunks_exact_mut(channels).zip(found.as_flattened()) {
                let sum = if continues {
                    simd.add_f32s(load(simd, sums, channel), *found)
                } else {
                    *found
                };
                store(simd, sums, channel, sum);
            }
        }
    }
}

kernel!(pub(super) FilterAdjoint: simd filter_adjoint_of(channels: usize, transformed: [&[f32]; POINTS], continues: bool, sums: &mut [f32]));
