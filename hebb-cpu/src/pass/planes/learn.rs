//! Learning from the winners of a tile: their patches, and their sums over units.

use super::image::{Image, TileScratch};
use super::operands::PlanesWeights;
use super::tile::Tile;
use crate::image::taps_of_run;
use crate::memory::KeptBuffer;
use crate::pass::formula::UnitResponse;
use crate::pass::sums::UnitSums;
use crate::simd::kernel;
use hebb_core::geometry::ConvGeometry;
use pulp::Simd;

/// The sums of one chunk of images.
#[derive(Debug, Default)]
pub(super) struct ChunkSums {
    /// Aᵀ X: N×K, or one value for each connection that is kept.
    pub(super) hebb: KeptBuffer,
    pub(super) units: UnitSums,
}

/// Adds what the winners of a tile bring.
#[inline(always)]
fn learn<S: Simd>(simd: S, image: &Image<'_>, tile: &Tile, scratch: &TileScratch, sums: &mut ChunkSums) {
    let (input, conv) = (&image.pass.input, &image.pass.input.plan.geometry);
    let formulas = input.formulas(image.teacher);
    let (hebb, u, patch_len) = (&mut *sums.hebb, &*scratch.u, conv.patch_len());
    let padded = PaddedImage {
        conv,
        values: image.padded,
        row_len: image.pass.padded.row_len(),
    };
    for (row, column, position) in tile.positions() {
        for winner in 0..image.pass.winners {
            let (unit, activity) = scratch.winners.of(winner, position);
            if activity == 0.0 {
                continue;
            }
            let response = UnitResponse {
                unit,
                activity,
                similarity: u[unit * tile.span + position],
            };
            sums.units.add_winner(formulas, response);
            let factor = formulas.value(&formulas.rule.factor, response);
            match image.prepared.weights {
                PlanesWeights::Pruned(pruned) => {
                    pruned.add_patch(image.planes, tile.flat(row, column), (unit, factor), hebb);
                }
                PlanesWeights::Dense(_) | PlanesWeights::Transformed(..) => {
                    let hebb = &mut hebb[unit * patch_len..][..patch_len];
                    padded.add_patch(simd, [row, column], factor, hebb);
                }
            }
        }
    }
}

kernel!(pub(super) Learn: simd learn(image: &Image<'_>, tile: &Tile, scratch: &TileScratch, sums: &mut ChunkSums));

/// A padded image (H, W, C), in which a patch is one run for each kernel row.
#[derive(Clone, Copy)]
struct PaddedImage<'a> {
    conv: &'a ConvGeometry,
    values: &'a [f32],
    /// Values of one row.
    row_len: usize,
}

impl PaddedImage<'_> {
    /// Adds factor·x for the patch of a position.
    #[inline(always)]
    fn add_patch<S: Simd>(self, simd: S, at: [usize; 2], factor: f32, sums: &mut [f32]) {
        let window = self.conv.window();
        let (channels, row_len) = (self.conv.input().channels, self.row_len);
        let taps = taps_of_run(window);
        let origin = at[0] * window.stride[0] * row_len + at[1] * window.stride[1] * channels;
        let [row_step, tap_step] = [window.dilation[0] * row_len, window.dilation[1] * channels];
        let (values, len) = (&self.values[origin..], taps * channels);
        if taps == window.kernel[1]
            && len < S::F32_LANES
            && window.kernel[0] <= SHORT
            && add_short_runs(simd, factor, values, row_step, len, sums)
        {
            return;
        }
        let mut runs = sums.chunks_exact_mut(len);
        for tap_row in 0..window.kernel[0] {
            for tap in (0..window.kernel[1]).step_by(taps) {
                let Some(run) = runs.next() else { return };
                let values = &values[tap_row * row_step + tap * tap_step..][..run.len()];
                add_run(simd, factor, values, run);
            }
        }
    }
}

/// Runs that [`add_short_runs`] takes at most.
const SHORT: usize = 8;

/// Adds factor·x where every run of `len` values, `step` apart, is shorter than a vector; `false` if whole vectors cannot
/// be read.
///
/// The values of a vector beyond its run are overwritten by the next run, so that only the last one needs a mask. All runs are
/// read before one is written: to read what was just written in other bounds is slow.
#[inline(always)]
fn add_short_runs<S: Simd>(
    simd: S,
    factor: f32,
    values: &[f32],
    step: usize,
    len: usize,
    sums: &mut [f32],
) -> bool {
    let count = sums.len() / len;
    if (count - 1) * step + S::F32_LANES > values.len() {
        return false;
    }
    let vector = |values: &[f32]| S::as_simd_f32s(&values[..S::F32_LANES]).0[0];
    let factor = simd.splat_f32s(factor);
    let mut new = [simd.splat_f32s(0.0); SHORT];
    for (run, new) in new[..count].iter_mut().enumerate() {
        let rest = &sums[run * len..];
        let sum = if rest.len() < S::F32_LANES {
            simd.partial_load_f32s(rest)
        } else {
            vector(rest)
        };
        *new = simd.mul_add_e_f32s(factor, vector(&values[run * step..]), sum);
    }
    for (run, new) in new[..count].iter().enumerate() {
        let rest = &mut sums[run * len..];
        if rest.len() < S::F32_LANES {
            simd.partial_store_f32s(rest, *new);
        } else {
            S::as_mut_simd_f32s(&mut rest[..S::F32_LANES]).0[0] = *new;
        }
    }
    true
}

/// sums += factor·values; a rest that fills no vector is masked, since runs are short.
#[inline(always)]
fn add_run<S: Simd>(simd: S, factor: f32, values: &[f32], sums: &mut [f32]) {
    let factor = simd.splat_f32s(factor);
    let (values, values_rest) = S::as_simd_f32s(values);
    let (sums, sums_rest) = S::as_mut_simd_f32s(sums);
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum = simd.mul_add_e_f32s(factor, *value, *sum);
    }
    if !sums_rest.is_empty() {
        let sum = simd.partial_load_f32s(sums_rest);
        let value = simd.partial_load_f32s(values_rest);
        simd.partial_store_f32s(sums_rest, simd.mul_add_e_f32s(factor, value, sum));
    }
}
