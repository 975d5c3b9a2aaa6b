//! What is done to each row of responses: similarity, competition, what it teaches, and what is put out.

use super::Blocked;
use super::gradient::UNITS;
use super::sizes::width;
use crate::patches::Patches;
use crate::primitives::activate::{clip, rise};
use crate::primitives::compete::{activity, subtract};
use crate::primitives::map::{Variables, map_row};
use crate::primitives::similarity::{prepare_patch, transform};
use crate::primitives::sums::sum_of;
use hebb_core::backend::LayerPlan;
use hebb_core::plan::Output;
use hebb_core::rule::{Binary, Decay, Expr, Unary};
use pulp::{Simd, WithSimd};

/// The rows of a tile.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    pub(super) pass: &'a Blocked<'a>,
    pub(super) first_image: usize,
    pub(super) rows: usize,
    pub(super) patches: Patches<'a>,
    pub(super) unit_norms: &'a [f32],
    /// The dot products, a row of [`width`] for each patch, which become outputs.
    pub(super) u: &'a mut [f32],
    /// Room for y and for a formula, N each.
    pub(super) y: &'a mut [f32],
    pub(super) values: &'a mut [f32],
    /// The factors as [`super::gradient::Gradient`] reads them; nothing without learning.
    pub(super) factors: &'a mut [f32],
    /// The sums over units of [`Partial`]; nothing without learning.
    pub(super) partial: &'a mut [f32],
}

impl WithSimd for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self {
            pass,
            u,
            y,
            values,
            factors,
            ..
        } = self;
        let plan = pass.plan;
        let (units, positions) = (plan.units, plan.geometry.positions());
        let learns = !self.partial.is_empty();
        let mut partial = Partial::of(self.partial, units);
        partial.clear();
        let starts = self.patches.starts(0);
        let rows = u.chunks_exact_mut(width(units)).take(self.rows);
        for (index, (row, start)) in rows.zip(starts).enumerate() {
            let row = &mut row[..units];
            resemble(plan, self.patches, start, self.unit_norms, row);
            if learns || plan.output == Output::Competition {
                y.copy_from_slice(row);
                subtract(pass.thresholds, y);
                activity(&plan.competition, y);
            }
            if learns {
                let image = self.first_image + index / positions;
                let variables = Variables {
                    activity: y,
                    similarity: row,
                    teacher: (pass.teacher.get(image * units..).unwrap_or_default(), 1),
                    states: pass.states,
                };
                partial.add(plan, variables, values);
                formula(&plan.lowering.factor, variables, values);
                store(values, index, pass.sizes.rows(), factors);
            }
            match plan.output {
                // The route leaves the code of the nearest units to the primitives.
                Output::Raw | Output::KNearest { .. } => {}
                Output::Competition => row.copy_from_slice(y),
                Output::Relu | Output::ClippedCosine => clip(&plan.output, plan.similarity, row),
                Output::Triangle { power } => {
                    subtract(pass.thresholds, row);
                    rise(power, row);
                }
            }
        }
    }
}

/// Turns a patch's dot products into similarities.
#[inline(always)]
fn resemble(plan: &LayerPlan, patches: Patches<'_>, start: usize, unit_norms: &[f32], row: &mut [f32]) {
    let similarity = plan.similarity;
    if !similarity.needs_unit_norms() {
        return;
    }
    let mut squared = 0.0;
    if similarity.needs_patch_norms() {
        for (offset, len) in patches.runs(0..plan.geometry.patch_len()) {
            squared += sum_of(&patches.images[start + offset..][..len], |value| value * value);
        }
    }
    transform(similarity, prepare_patch(similarity, squared), unit_norms, row);
}

/// The value of a formula for every unit.
#[inline(always)]
fn formula(expr: &Expr, variables: Variables<'_>, out: &mut [f32]) {
    match expr {
        Expr::Activity => out.copy_from_slice(variables.activity),
        Expr::Unary(Unary::Abs, a) if **a == Expr::Activity => out
            .iter_mut()
            .zip(variables.activity)
            .for_each(|(out, y)| *out = y.abs()),
        // y·u, the decay of most rules whose norms tend to one.
        Expr::Binary(Binary::Mul, a, b) if [&**a, &**b] == [&Expr::Activity, &Expr::Similarity] => out
            .iter_mut()
            .zip(variables.activity.iter().zip(variables.similarity))
            .for_each(|(out, (y, u))| *out = y * u),
        _ => map_row(expr, out.len(), variables, out),
    }
}

/// A patch's factors to their places: blocks of [`UNITS`] units, each a row of one value a unit for every patch.
#[inline(always)]
fn store(values: &[f32], row: usize, rows: usize, factors: &mut [f32]) {
    let blocks = factors.chunks_exact_mut(rows * UNITS);
    for (values, block) in values.chunks(UNITS).zip(blocks) {
        let place = &mut block[row * UNITS..][..UNITS];
        place[..values.len()].copy_from_slice(values);
        place[values.len()..].fill(0.0);
    }
}

/// The sums over the units of a tile, in the order in which they lie in memory.
struct Partial<'a> {
    decay: &'a mut [f32],
    weight: &'a mut [f32],
    active: &'a mut [f32],
    states: &'a mut [f32],
}

impl<'a> Partial<'a> {
    #[inline(always)]
    fn of(values: &'a mut [f32], units: usize) -> Self {
        let units = if values.is_empty() { 0 } else { units };
        let (decay, rest) = values.split_at_mut(units);
        let (weight, rest) = rest.split_at_mut(units);
        let (active, states) = rest.split_at_mut(units);
        Self {
            decay,
            weight,
            active,
            states,
        }
    }

    #[inline(always)]
    fn clear(&mut self) {
        for part in [&mut *self.decay, self.weight, self.active, self.states] {
            part.fill(0.0);
        }
    }

    /// Adds one patch; `values` is room for a formula.
    #[inline(always)]
    fn add(&mut self, plan: &LayerPlan, variables: Variables<'_>, values: &mut [f32]) {
        for (active, y) in self.active.iter_mut().zip(variables.activity) {
            *active += f32::from(u8::from(*y > 0.0));
        }
        formula(&plan.lowering.weight, variables, values);
        add(values, self.weight);
        if let Decay::Diagonal(expr) = &plan.lowering.decay {
            formula(expr, variables, values);
            add(values, self.decay);
        }
        let sums = self.states.chunks_exact_mut(values.len());
        for (state, sums) in plan.lowering.states.iter().zip(sums) {
            formula(&state.of, variables, values);
            add(values, sums);
        }
    }
}

#[inline(always)]
fn add(values: &[f32], sums: &mut [f32]) {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
}
