//! What a tile's winners add to the sums of the update.

use super::compete::Winners;
use super::route::MAX_STATES;
use super::tile::Tile;
use hebb_core::geometry::ConvGeometry;
use hebb_core::plan::Mask;
use hebb_core::rule::{Decay, Expr, Lowering, Variables};
use pulp::{Simd, WithSimd};

/// The sums of one chunk of images, in the order in which they lie in memory.
#[derive(Debug)]
pub(crate) struct Partial<'a> {
    /// N×K, or one value for each kept connection.
    pub(super) hebb: &'a mut [f32],
    pub(super) decay: &'a mut [f32],
    pub(super) weight: &'a mut [f32],
    pub(super) active: &'a mut [f32],
    pub(super) states: &'a mut [f32],
}

impl<'a> Partial<'a> {
    /// Values of the sums of `units` units with `states` states and `hebb` Hebb sums.
    pub(crate) fn len(hebb: usize, units: usize, states: usize) -> usize {
        hebb + (3 + states) * units
    }

    pub(crate) fn of(values: &'a mut [f32], hebb: usize, units: usize) -> Self {
        let (hebb, rest) = values.split_at_mut(hebb);
        let (decay, rest) = rest.split_at_mut(units);
        let (weight, rest) = rest.split_at_mut(units);
        let (active, states) = rest.split_at_mut(units);
        Self {
            hebb,
            decay,
            weight,
            active,
            states,
        }
    }
}

/// Where the patches of an image are read from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Patches<'a> {
    /// The padded image (H, W, C): a patch is one run for each kernel row.
    Runs {
        conv: &'a ConvGeometry,
        padded: &'a [f32],
        line: usize,
    },
    /// The kept connections of every unit: offsets into the planes.
    Kept {
        /// As in [`super::product::Weights::Sparse`].
        pairs: &'a [f32],
        mask: &'a Mask,
        planes: &'a [f32],
        /// Where each unit's connections start, as bits.
        starts: &'a [f32],
    },
}

/// The rule's formulas and what they read besides y and u.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Formulas<'a> {
    pub(crate) rule: &'a Lowering,
    /// One row of N for each state.
    pub(crate) states: &'a [f32],
    /// t of this image, N values; empty without a teacher.
    pub(crate) teacher: &'a [f32],
    pub(crate) units: usize,
}

impl Formulas<'_> {
    /// A formula's value for one unit.
    #[inline(always)]
    pub(crate) fn value(&self, expr: &Expr, unit: usize, activity: f32, similarity: f32) -> f32 {
        match expr {
            Expr::Activity => activity,
            _ => self.interpret(expr, unit, activity, similarity),
        }
    }

    #[inline(never)]
    fn interpret(&self, expr: &Expr, unit: usize, activity: f32, similarity: f32) -> f32 {
        let mut states = [0.0; MAX_STATES];
        let own = self.states.iter().skip(unit).step_by(self.units);
        states
            .iter_mut()
            .zip(own)
            .for_each(|(to, from)| *to = f64::from(*from));
        let variables = Variables {
            activity: f64::from(activity),
            similarity: f64::from(similarity),
            teacher: self.teacher.get(unit).map_or(0.0, |t| f64::from(*t)),
            states: &states[..self.rule.states.len()],
        };
        expr.value(&variables) as f32
    }
}

/// What the winners of a tile are and what they have won.
#[derive(Debug)]
pub(super) struct Lesson<'a, 'b> {
    pub(super) sums: &'a mut Partial<'b>,
    pub(super) tile: &'a Tile,
    pub(super) formulas: Formulas<'a>,
    pub(super) winners: &'a Winners<'a>,
    /// Winners of a position.
    pub(super) count: usize,
    /// The similarities of the tile.
    pub(super) u: &'a [f32],
    pub(super) patches: Patches<'a>,
}

impl WithSimd for Lesson<'_, '_> {
    type Output = ();

    /// Adds what the winners bring.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            sums, tile, formulas, ..
        } = self;
        for (row, column, position) in tile.positions() {
            for winner in 0..self.count {
                let (unit, activity) = self.winners.of(winner, position);
                if activity == 0.0 {
                    continue;
                }
                let similarity = self.u[unit * tile.span + position];
                sums.count(formulas, unit, activity, similarity);
                let factor = formulas.value(&formulas.rule.factor, unit, activity, similarity);
                sums.add_patch(
                    simd,
                    self.patches,
                    unit,
                    factor,
                    [row, column],
                    tile.flat(row, column),
                );
            }
        }
    }
}

impl Partial<'_> {
    #[inline(always)]
    pub(crate) fn count(&mut self, formulas: Formulas<'_>, unit: usize, activity: f32, similarity: f32) {
        self.weight[unit] += activity.abs();
        self.active[unit] += f32::from(u8::from(activity > 0.0));
        if let Decay::Diagonal(expr) = &formulas.rule.decay {
            self.decay[unit] += formulas.value(expr, unit, activity, similarity);
        }
        for (index, state) in formulas.rule.states.iter().enumerate() {
            let value = formulas.value(&state.of, unit, activity, similarity);
            self.states[index * formulas.units + unit] += value;
        }
    }

    #[inline(always)]
    fn add_patch<S: Simd>(
        &mut self,
        simd: S,
        patches: Patches<'_>,
        unit: usize,
        factor: f32,
        at: [usize; 2],
        flat: usize,
    ) {
        match patches {
            Patches::Runs { conv, padded, line } => {
                let patch_len = conv.patch_len();
                let sums = &mut self.hebb[unit * patch_len..][..patch_len];
                add_runs(simd, conv, padded, line, at, factor, sums);
            }
            Patches::Kept {
                pairs,
                mask,
                planes,
                starts,
            } => {
                let start = starts[unit].to_bits() as usize;
                let kept = start..start + mask.row(unit).len();
                let pairs = pairs[2 * kept.start..2 * kept.end].chunks_exact(2);
                for (sum, pair) in self.hebb[kept].iter_mut().zip(pairs) {
                    *sum += factor * planes[pair[0].to_bits() as usize + flat];
                }
            }
        }
    }
}

/// Adds factor·x for the patch of a position.
#[inline(always)]
fn add_runs<S: Simd>(
    simd: S,
    conv: &ConvGeometry,
    padded: &[f32],
    line: usize,
    at: [usize; 2],
    factor: f32,
    sums: &mut [f32],
) {
    let window = conv.window();
    let channels = conv.input().channels;
    // Taps that are neighbours make one run for a kernel row.
    let taps = if window.dilation[1] == 1 {
        window.kernel[1]
    } else {
        1
    };
    let origin = at[0] * window.stride[0] * line + at[1] * window.stride[1] * channels;
    if taps == window.kernel[1] && taps * channels < S::F32_LANES && window.kernel[0] <= SHORT {
        let values = &padded[origin..];
        let added = add_short_runs(
            simd,
            factor,
            values,
            window.dilation[0] * line,
            taps * channels,
            sums,
        );
        if added {
            return;
        }
    }
    let mut runs = sums.chunks_exact_mut(taps * channels);
    for tap_row in 0..window.kernel[0] {
        let y = at[0] * window.stride[0] + tap_row * window.dilation[0];
        for tap in (0..window.kernel[1]).step_by(taps) {
            let x = at[1] * window.stride[1] + tap * window.dilation[1];
            let Some(run) = runs.next() else { return };
            let values = &padded[y * line + x * channels..][..run.len()];
            add_run(simd, factor, values, run);
        }
    }
}

/// Runs that [`add_short_runs`] takes at most.
const SHORT: usize = 8;

/// Adds factor·x where every run of `len` values, `step` apart, is shorter than a vector; `false` if whole vectors cannot
/// be read.
///
/// What a vector holds beyond its run is overwritten by the next run, so that only the last one needs a mask. All runs are
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
