//! A whole pass in f64 with error bounds, written without the backend's composition: what both are held to.

use super::Bounded;
use super::bounded::Quantities;
use crate::backend::{Dims, LayerPlan};
use crate::formula::Formula;
use crate::plan::{Competition, Mask, Output, PoolKind, Reduction, Similarity};
use crate::reference::RefBackend;
use crate::rule::{Decay, Lowering, Statistic};
use crate::{Backend, Result};

/// Roundings that a function computed in f32 is granted on each of its inputs.
const SLACK: f64 = 4.0;

/// One batch as plain numbers.
#[derive(Clone, Debug)]
pub(super) struct OracleBatch {
    pub(super) images: usize,
    pub(super) input: Vec<f32>,
    pub(super) weights: Vec<f32>,
    pub(super) thresholds: Option<Vec<f32>>,
    pub(super) states: Vec<f32>,
    pub(super) teacher: Vec<f32>,
}

/// What a pass must leave behind.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) similarity: Vec<Bounded>,
    pub(super) activity: Vec<Bounded>,
    pub(super) hebb: Vec<Bounded>,
    pub(super) decay: Vec<Bounded>,
    pub(super) weight: Vec<Bounded>,
    pub(super) active: Vec<Bounded>,
    pub(super) states: Vec<Bounded>,
    pub(super) output: Vec<Bounded>,
}

/// u of one patch and unit.
pub(super) fn similarity(kind: Similarity, dot: Bounded, patch: Bounded, unit: Bounded) -> Bounded {
    match kind {
        Similarity::Dot | Similarity::PNorm { .. } => dot,
        _ => Bounded::through(&[dot, patch, unit], SLACK, |v| vec![kind.of(v[0], v[1], v[2])])[0],
    }
}

/// A weight as the similarity takes it.
fn weight(kind: Similarity, weight: Bounded) -> Bounded {
    let variables = Quantities {
        activity: weight,
        ..Quantities::default()
    };
    kind.weight()
        .map_or(weight, |expr| Bounded::evaluate(&expr, &variables))
}

/// s of one patch.
pub(super) fn scores(u: &[Bounded], thresholds: Option<&[Bounded]>) -> Vec<Bounded> {
    match thresholds {
        None => u.to_vec(),
        Some(thresholds) => u.iter().zip(thresholds).map(|(u, b)| *u - *b).collect(),
    }
}

/// y of one patch.
pub(super) fn compete(kind: &Competition, scores: &[Bounded]) -> Vec<Bounded> {
    let largest = scores.iter().fold(0f64, |largest, s| largest.max(s.value.abs()));
    // An argument of exp that is off by one rounding moves its value by as many as the argument is large.
    let roundings = match *kind {
        Competition::SoftWta { beta }
        | Competition::SignedSoftWta { beta }
        | Competition::WinnerResidual { beta } => 16.0 + 8.0 * f64::from(beta) * largest,
        Competition::Lateral { .. } => 128.0,
        Competition::None
        | Competition::HardWta
        | Competition::KWta { .. }
        | Competition::RankCoded { .. } => 0.0,
    };
    // The winner's residual is a difference of numbers up to one.
    let least = f64::from(u8::from(matches!(kind, Competition::WinnerResidual { .. })));
    let of = |scores: &[f64]| {
        let mut activity = vec![0.0; scores.len()];
        kind.of(scores, &mut activity);
        activity
    };
    let mut activity = Bounded::through(scores, 0.0, of);
    for y in &mut activity {
        y.error += roundings * f64::from(f32::EPSILON) * (y.value.abs() + least);
        *y = y.flushed();
    }
    activity
}

/// The output of one patch.
pub(super) fn activate(kind: &Output, u: &[Bounded], scores: &[Bounded], y: &[Bounded]) -> Vec<Bounded> {
    let units = u.len();
    let slack = match kind {
        Output::Triangle { .. } => SLACK + units as f64,
        _ => 0.0,
    };
    let of = |inputs: &[f64]| {
        let (u, rest) = inputs.split_at(units);
        let (scores, y) = rest.split_at(units);
        let mut out = vec![0.0; units];
        kind.of(u, scores, y, &mut out);
        out
    };
    Bounded::through(&[u, scores, y].concat(), slack, of)
}

/// Everything that one batch leaves behind.
pub(super) fn pass(plan: &LayerPlan, batch: &OracleBatch) -> Result<Expected> {
    let patches = Patches::new(plan, batch)?;
    let (similarity, activity) = respond(plan, batch, &patches);
    let states = state_sums(plan, batch, (&similarity, &activity));
    let seen = seen_states(plan, batch, &states);
    let factor = evaluate(
        &plan.lowering.factor,
        plan,
        batch,
        (&similarity, &activity),
        &seen,
    );
    let responses = (&similarity[..], &activity[..]);
    let weight = evaluate(&plan.lowering.weight, plan, batch, responses, &seen);
    let decay = decay_sums(plan, batch, (&similarity, &activity), &seen, &patches);
    let output = output(plan, batch, &similarity, &activity)?;
    let dims = Dims::new(patches.rows, plan.units);
    let each = |function: fn(f64) -> f64| -> Vec<Bounded> {
        activity
            .iter()
            .map(|y| Bounded::through(&[*y], 0.0, |v| vec![function(v[0])])[0])
            .collect()
    };
    Ok(Expected {
        hebb: outer_sums(dims, &factor, patches.len, &patches.values),
        decay,
        weight: column_sums(dims, &weight),
        active: column_sums(dims, &each(|y| f64::from(u8::from(y > 0.0)))),
        states,
        output,
        similarity,
        activity,
    })
}

/// ΔW from sums that are taken as exact.
pub(super) fn contract(
    lowering: &Lowering,
    reduction: Reduction,
    dims: Dims,
    patches: usize,
    [hebb, decay, weight]: [&[Bounded]; 3],
    weights: &[f32],
    mask: Option<&Mask>,
) -> Vec<Bounded> {
    let kept = mask.map(Mask::to_dense);
    let weights = exact(weights);
    let Dims { rows: units, cols } = dims;
    let decayed = |unit: usize, col: usize| match &lowering.decay {
        Decay::None => Bounded::default(),
        Decay::Diagonal(_) => decay[unit] * weights[unit * cols + col],
        Decay::Input => decay[col] * weights[unit * cols + col],
        Decay::Outer(outer) => {
            let others = if outer.lower { unit + 1 } else { units };
            row_product(&decay[unit * units..], &weights, others, cols, col)
        }
    };
    let delta = |index: usize| {
        let (unit, col) = (index / cols, index % cols);
        // One sum, since a backend may add the three in any order.
        let identity = match &lowering.decay {
            Decay::Outer(outer) if outer.identity => Bounded::exact(patches as f64) * weights[index],
            _ => Bounded::default(),
        };
        Bounded::sum([hebb[index], -decayed(unit, col), identity])
    };
    let is_kept = |index: usize| kept.as_ref().is_none_or(|mask| mask[index] != 0.0);
    let raw: Vec<Bounded> = (0..dims.len())
        .map(|index| {
            if is_kept(index) {
                delta(index)
            } else {
                Bounded::default()
            }
        })
        .collect();
    let largest = largest_size(&raw);
    let scaled = |(index, raw): (usize, &Bounded)| {
        let inputs = [largest, weight[index / cols].flushed()];
        let scale = |v: &[f64]| vec![reduction.scale(patches, v[1], v[0])];
        *raw * Bounded::through(&inputs, 1.0, scale)[0]
    };
    raw.iter().enumerate().map(scaled).collect()
}

/// The largest size of a value, and how far it may lie from it.
fn largest_size(values: &[Bounded]) -> Bounded {
    let larger = |a: Bounded, b: &Bounded| Bounded {
        value: a.value.max(b.value.abs()),
        error: a.error.max(b.error),
    };
    values.iter().fold(Bounded::default(), larger)
}

struct Patches {
    rows: usize,
    len: usize,
    values: Vec<Bounded>,
}

impl Patches {
    fn new(plan: &LayerPlan, batch: &OracleBatch) -> Result<Self> {
        let (rows, len) = (plan.patches(batch.images), plan.geometry.patch_len());
        let mut values = vec![0.0; rows * len];
        RefBackend.im2col(&plan.geometry, batch.images, &batch.input, &mut values)?;
        Ok(Self {
            rows,
            len,
            values: exact(&values),
        })
    }

    fn row(&self, row: usize) -> &[Bounded] {
        &self.values[row * self.len..(row + 1) * self.len]
    }
}

fn respond(plan: &LayerPlan, batch: &OracleBatch, patches: &Patches) -> (Vec<Bounded>, Vec<Bounded>) {
    let weights = exact(&batch.weights);
    let thresholds = batch.thresholds.as_ref().map(|b| exact(b));
    let rows = weights.chunks_exact(patches.len);
    let unit_norms: Vec<Bounded> = rows.map(|row| dot(row, row)).collect();
    let taken: Vec<Bounded> = weights.iter().map(|w| weight(plan.similarity, *w)).collect();
    let rows: Vec<&[Bounded]> = taken.chunks_exact(patches.len).collect();
    let (mut similarities, mut activities) = (Vec::new(), Vec::new());
    for row in 0..patches.rows {
        let x = patches.row(row);
        let patch_norm = dot(x, x);
        let of =
            |(w, norm): (&&[Bounded], &Bounded)| similarity(plan.similarity, dot(w, x), patch_norm, *norm);
        let u: Vec<Bounded> = rows.iter().zip(&unit_norms).map(of).collect();
        let silent = silent(plan, batch, row);
        let heard = clamped(&u, &silent, -1e30);
        let won = compete(&plan.competition, &scores(&heard, thresholds.as_deref()));
        activities.extend(clamped(&won, &silent, 0.0));
        similarities.extend(u);
    }
    (similarities, activities)
}

/// Whether a teacher keeps a unit from competing for a patch.
fn silent(plan: &LayerPlan, batch: &OracleBatch, patch: usize) -> Vec<bool> {
    let image = patch / plan.geometry.positions();
    let teacher = batch.teacher.get(image * plan.units..).unwrap_or_default();
    let kept = |unit| plan.lowering.clamped && teacher.get(unit).is_some_and(|t| *t <= 0.0);
    (0..plan.units).map(kept).collect()
}

/// Values of one patch, with another for the units that are silent.
fn clamped(values: &[Bounded], silent: &[bool], other: f64) -> Vec<Bounded> {
    let of = |(value, silent): (&Bounded, &bool)| if *silent { Bounded::exact(other) } else { *value };
    values.iter().zip(silent).map(of).collect()
}

/// The formula at every patch and unit.
fn evaluate(
    expr: &Formula,
    plan: &LayerPlan,
    batch: &OracleBatch,
    (u, y): (&[Bounded], &[Bounded]),
    states: &[Bounded],
) -> Vec<Bounded> {
    let (units, positions) = (plan.units, plan.geometry.positions());
    let at = |index: usize| {
        let (patch, unit) = (index / units, index % units);
        let teacher = batch.teacher.get(patch / positions * units + unit);
        let own: Vec<Bounded> = states.iter().skip(unit).step_by(units).copied().collect();
        Bounded::evaluate(
            expr,
            &Quantities {
                activity: y[index],
                similarity: u[index],
                teacher: Bounded::exact(teacher.map_or(f64::NAN, |t| f64::from(*t))),
                states: &own,
            },
        )
    };
    (0..y.len()).map(at).collect()
}

fn state_sums(plan: &LayerPlan, batch: &OracleBatch, responses: (&[Bounded], &[Bounded])) -> Vec<Bounded> {
    let dims = Dims::new(plan.patches(batch.images), plan.units);
    let states = plan.lowering.states.iter();
    states
        .flat_map(|state| column_sums(dims, &evaluate(&state.of, plan, batch, responses, &[])))
        .collect()
}

fn seen_states(plan: &LayerPlan, batch: &OracleBatch, sums: &[Bounded]) -> Vec<Bounded> {
    let patches = Bounded::exact(1.0 / plan.patches(batch.images).max(1) as f64);
    let seen = |(index, former): (usize, &f32)| match plan.lowering.states[index / plan.units].statistic {
        Statistic::Batch => Bounded::through(&[sums[index] * patches], 1.0, |v| v.to_vec())[0],
        Statistic::Running { .. } => Bounded::exact(f64::from(*former)),
    };
    batch.states.iter().enumerate().map(seen).collect()
}

fn decay_sums(
    plan: &LayerPlan,
    batch: &OracleBatch,
    responses: (&[Bounded], &[Bounded]),
    states: &[Bounded],
    patches: &Patches,
) -> Vec<Bounded> {
    let dims = Dims::new(patches.rows, plan.units);
    match &plan.lowering.decay {
        Decay::None => Vec::new(),
        Decay::Diagonal(expr) => column_sums(dims, &evaluate(expr, plan, batch, responses, states)),
        Decay::Outer(outer) => {
            let [rows, columns] =
                [&outer.rows, &outer.columns].map(|expr| evaluate(expr, plan, batch, responses, states));
            outer_sums(dims, &rows, plan.units, &columns)
        }
        Decay::Input => column_sums(Dims::new(patches.rows, patches.len), &patches.values),
    }
}

fn output(plan: &LayerPlan, batch: &OracleBatch, u: &[Bounded], y: &[Bounded]) -> Result<Vec<Bounded>> {
    let thresholds = batch.thresholds.as_ref().map(|b| exact(b));
    let rows = u.chunks_exact(plan.units).zip(y.chunks_exact(plan.units));
    let flat: Vec<Bounded> = rows
        .flat_map(|(u, y)| {
            let scores = scores(u, thresholds.as_deref());
            activate(&plan.output, &shown(plan, u), &scores, y)
        })
        .collect();
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
        let values = pixels.map(|pixel| flat[(image * shape.positions() + pixel) * shape.channels + channel]);
        match pool.kind {
            PoolKind::Average => {
                let share = Bounded::rounded(1.0 / (pool.size * pool.size) as f64, 0.0);
                Bounded::sum(values) * share
            }
            PoolKind::Max => {
                let values: Vec<Bounded> = values.collect();
                Bounded::through(&values, 0.0, |v| {
                    vec![v.iter().copied().fold(f64::NEG_INFINITY, f64::max)]
                })[0]
            }
        }
    };
    Ok((0..batch.images * pooled.len()).map(at).collect())
}

/// u of one patch as the output takes it.
fn shown(plan: &LayerPlan, u: &[Bounded]) -> Vec<Bounded> {
    let cosine = |expr: Formula| {
        let of = |u: &Bounded| {
            let quantities = Quantities {
                similarity: *u,
                ..Quantities::default()
            };
            Bounded::evaluate(&expr, &quantities)
        };
        u.iter().map(of).collect()
    };
    match plan.similarity.cosine() {
        Some(expr) if plan.output == Output::ClippedCosine => cosine(expr),
        _ => u.to_vec(),
    }
}

pub(super) fn exact(values: &[f32]) -> Vec<Bounded> {
    values.iter().map(|&v| Bounded::exact(f64::from(v))).collect()
}

fn dot(a: &[Bounded], b: &[Bounded]) -> Bounded {
    Bounded::sum(a.iter().zip(b).map(|(a, b)| *a * *b))
}

/// Σ_j c_j W[j, col] over the first `units` rows.
fn row_product(c: &[Bounded], weights: &[Bounded], units: usize, cols: usize, col: usize) -> Bounded {
    Bounded::sum((0..units).map(|j| c[j] * weights[j * cols + col]))
}

fn column_sums(dims: Dims, x: &[Bounded]) -> Vec<Bounded> {
    let sum = |col: usize| Bounded::sum((0..dims.rows).map(|row| x[row * dims.cols + col]));
    (0..dims.cols).map(sum).collect()
}

/// AᵀX for A of these `dims` and X with `cols` columns.
fn outer_sums(dims: Dims, a: &[Bounded], cols: usize, x: &[Bounded]) -> Vec<Bounded> {
    let sum = |index: usize| {
        let (unit, col) = (index / cols, index % cols);
        Bounded::sum((0..dims.rows).map(|row| a[row * dims.cols + unit] * x[row * cols + col]))
    };
    (0..dims.cols * cols).map(sum).collect()
}
