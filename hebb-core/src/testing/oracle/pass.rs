//! A pass over a batch: similarities, activities, sums and output.

use super::definitions::{activate, compete, output_similarity, scores, similarity, weight};
use super::matrix::{column_sums, dot, exact, outer_sums};
use super::{Expected, OracleBatch};
use crate::backend::{Dims, LayerPlan, PatchMatrix};
use crate::formula::Formula;
use crate::plan::PoolKind;
use crate::reference::RefBackend;
use crate::rule::{Decay, Statistic};
use crate::testing::Bounded;
use crate::{Backend, Result};

/// The expected results of a pass over `batch`.
pub(in crate::testing) fn pass(plan: &LayerPlan, batch: &OracleBatch) -> Result<Expected> {
    let pass = Pass::new(plan, batch)?;
    let states = pass.state_sums();
    let read = pass.read_states(&states);
    let [factor, weight] =
        [&plan.lowering.factor, &plan.lowering.weight].map(|formula| pass.evaluate(formula, &read));
    let active = |y: &Bounded| Bounded::through(&[*y], 0.0, |v| vec![f64::from(u8::from(v[0] > 0.0))])[0];
    let active: Vec<Bounded> = pass.y.iter().map(active).collect();
    Ok(Expected {
        hebb: outer_sums(pass.dims(), &factor, pass.patch_len, &pass.patches),
        decay: pass.decay_sums(&read),
        weight: column_sums(pass.dims(), &weight),
        active: column_sums(pass.dims(), &active),
        output: pass.output()?,
        states,
        similarity: pass.u,
        activity: pass.y,
    })
}

/// A pass with its patches X (P×K), similarities u and activities y (P×N).
struct Pass<'a> {
    plan: &'a LayerPlan,
    batch: &'a OracleBatch,
    patch_len: usize,
    patches: Vec<Bounded>,
    u: Vec<Bounded>,
    y: Vec<Bounded>,
}

impl<'a> Pass<'a> {
    fn new(plan: &'a LayerPlan, batch: &'a OracleBatch) -> Result<Self> {
        let (rows, patch_len) = (plan.patches(batch.images), plan.geometry.patch_len());
        let mut patches = vec![0.0; rows * patch_len];
        RefBackend.im2col(
            &PatchMatrix::new(plan.geometry, batch.images),
            &batch.input,
            &mut patches,
        )?;
        let mut pass = Self {
            plan,
            batch,
            patch_len,
            patches: exact(&patches),
            u: Vec::new(),
            y: Vec::new(),
        };
        pass.respond();
        Ok(pass)
    }

    /// The shape P×N.
    fn dims(&self) -> Dims {
        Dims::new(self.plan.patches(self.batch.images), self.plan.units)
    }

    fn thresholds(&self) -> Option<Vec<Bounded>> {
        self.batch.thresholds.as_ref().map(|b| exact(b))
    }

    /// Computes u and y.
    fn respond(&mut self) {
        let (plan, weights, thresholds) = (self.plan, exact(&self.batch.weights), self.thresholds());
        let rows = weights.chunks_exact(self.patch_len);
        let unit_norms: Vec<Bounded> = rows.map(|row| dot(row, row)).collect();
        let weights: Vec<Bounded> = weights.iter().map(|w| weight(plan.similarity, *w)).collect();
        let rows: Vec<&[Bounded]> = weights.chunks_exact(self.patch_len).collect();
        for (index, patch) in self.patches.chunks_exact(self.patch_len).enumerate() {
            let patch_norm = dot(patch, patch);
            let of = |(row, norm): (&&[Bounded], &Bounded)| {
                similarity(plan.similarity, dot(row, patch), patch_norm, *norm)
            };
            let u: Vec<Bounded> = rows.iter().zip(&unit_norms).map(of).collect();
            let excluded = self.excluded(index);
            let competing = replaced(&u, &excluded, -1e30);
            let y = compete(&plan.competition, &scores(&competing, thresholds.as_deref()));
            self.y.extend(replaced(&y, &excluded, 0.0));
            self.u.extend(u);
        }
    }

    /// The units that the teacher excludes from the competition for a patch.
    fn excluded(&self, patch: usize) -> Vec<bool> {
        let plan = self.plan;
        let image = patch / plan.geometry.positions();
        let teacher = self.batch.teacher.get(image * plan.units..).unwrap_or_default();
        let excluded = |unit| plan.lowering.clamped && teacher.get(unit).is_some_and(|t| *t <= 0.0);
        (0..plan.units).map(excluded).collect()
    }

    /// The formula at every patch and unit.
    fn evaluate(&self, formula: &Formula, states: &[Bounded]) -> Vec<Bounded> {
        let (units, positions) = (self.plan.units, self.plan.geometry.positions());
        let at = |index: usize| {
            let (patch, unit) = (index / units, index % units);
            let teacher = self.batch.teacher.get(patch / positions * units + unit);
            let teacher = Bounded::exact(teacher.map_or(f64::NAN, |t| f64::from(*t)));
            let own = states.iter().skip(unit).step_by(units).copied();
            let operands = [self.y[index], self.u[index], teacher].into_iter().chain(own);
            Bounded::evaluate(formula, &operands.collect::<Vec<_>>())
        };
        (0..self.y.len()).map(at).collect()
    }

    fn state_sums(&self) -> Vec<Bounded> {
        let states = self.plan.lowering.states.iter();
        states
            .flat_map(|state| column_sums(self.dims(), &self.evaluate(&state.of, &[])))
            .collect()
    }

    /// The states that the formulas read: means of the batch, or the running values before it.
    fn read_states(&self, sums: &[Bounded]) -> Vec<Bounded> {
        let share = Bounded::exact(1.0 / self.dims().rows.max(1) as f64);
        let statistic = |index: usize| &self.plan.lowering.states[index / self.plan.units].statistic;
        let read = |(index, former): (usize, &f32)| match statistic(index) {
            Statistic::Batch => Bounded::through(&[sums[index] * share], 1.0, |v| v.to_vec())[0],
            Statistic::Running { .. } => Bounded::exact(f64::from(*former)),
        };
        self.batch.states.iter().enumerate().map(read).collect()
    }

    fn decay_sums(&self, states: &[Bounded]) -> Vec<Bounded> {
        match &self.plan.lowering.decay {
            Decay::None => Vec::new(),
            Decay::Diagonal(formula) => column_sums(self.dims(), &self.evaluate(formula, states)),
            Decay::Outer(outer) => {
                let [rows, columns] =
                    [&outer.rows, &outer.columns].map(|formula| self.evaluate(formula, states));
                outer_sums(self.dims(), &rows, self.plan.units, &columns)
            }
            Decay::Input => column_sums(Dims::new(self.dims().rows, self.patch_len), &self.patches),
        }
    }

    /// The output after pooling, (B, H, W, N).
    fn output(&self) -> Result<Vec<Bounded>> {
        let (plan, thresholds) = (self.plan, self.thresholds());
        let rows = self
            .u
            .chunks_exact(plan.units)
            .zip(self.y.chunks_exact(plan.units));
        let activate = |(u, y): (&[Bounded], &[Bounded])| {
            let scores = scores(u, thresholds.as_deref());
            activate(&plan.output, &output_similarity(plan, u), &scores, y)
        };
        let flat: Vec<Bounded> = rows.flat_map(activate).collect();
        let Some(pool) = &plan.pool else {
            return Ok(flat);
        };
        let (shape, pooled) = (plan.geometry.output(plan.units), plan.output_shape()?);
        let at = |index: usize| {
            let (image, rest) = (index / pooled.len(), index % pooled.len());
            let (pixel, channel) = (rest / pooled.channels, rest % pooled.channels);
            let rows = pool.span(pixel / pooled.width, shape.height);
            let columns = pool.span(pixel % pooled.width, shape.width);
            let pixels = rows.flat_map(|row| columns.clone().map(move |col| row * shape.width + col));
            let values =
                pixels.map(|pixel| flat[(image * shape.positions() + pixel) * shape.channels + channel]);
            let values: Vec<Bounded> = values.collect();
            match pool.kind {
                PoolKind::Average => {
                    let share = Bounded::rounded(1.0 / (pool.size * pool.size) as f64, 0.0);
                    Bounded::sum(values) * share
                }
                PoolKind::Max => Bounded::through(&values, 0.0, |v| {
                    vec![v.iter().copied().fold(f64::NEG_INFINITY, f64::max)]
                })[0],
            }
        };
        Ok((0..self.batch.images * pooled.len()).map(at).collect())
    }
}

/// Values of one patch, with `other` for the excluded units.
fn replaced(values: &[Bounded], excluded: &[bool], other: f64) -> Vec<Bounded> {
    let of = |(value, excluded): (&Bounded, &bool)| if *excluded { Bounded::exact(other) } else { *value };
    values.iter().zip(excluded).map(of).collect()
}
