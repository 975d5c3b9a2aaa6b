//! The scalar definitions of the plan, one patch at a time, with error bounds.

use crate::backend::LayerPlan;
use crate::formula::Formula;
use crate::plan::{Competition, Output, Similarity};
use crate::testing::Bounded;

/// Roundings of each input of a function computed in f32.
const SLACK: f64 = 4.0;

/// u of one patch and unit.
pub(in crate::testing) fn similarity(
    kind: Similarity,
    dot: Bounded,
    patch: Bounded,
    unit: Bounded,
) -> Bounded {
    match kind {
        Similarity::Dot | Similarity::PNorm { .. } => dot,
        _ => Bounded::through(&[dot, patch, unit], SLACK, |v| vec![kind.of(v[0], v[1], v[2])])[0],
    }
}

/// The weight that the similarity uses.
pub(super) fn weight(kind: Similarity, weight: Bounded) -> Bounded {
    let formula = kind.weight();
    formula.map_or(weight, |formula| Bounded::evaluate(&formula, &[weight]))
}

/// s of one patch.
pub(in crate::testing) fn scores(u: &[Bounded], thresholds: Option<&[Bounded]>) -> Vec<Bounded> {
    match thresholds {
        None => u.to_vec(),
        Some(thresholds) => u.iter().zip(thresholds).map(|(u, b)| *u - *b).collect(),
    }
}

/// y of one patch.
pub(in crate::testing) fn compete(kind: &Competition, scores: &[Bounded]) -> Vec<Bounded> {
    let largest = scores.iter().fold(0f64, |largest, s| largest.max(s.value.abs()));
    // A rounding of the argument of exp changes its value by as many roundings as the argument is large.
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
pub(in crate::testing) fn activate(
    kind: &Output,
    u: &[Bounded],
    scores: &[Bounded],
    y: &[Bounded],
) -> Vec<Bounded> {
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

/// The similarities of one patch that the output uses.
pub(super) fn output_similarity(plan: &LayerPlan, u: &[Bounded]) -> Vec<Bounded> {
    let cosine = |formula: Formula| u.iter().map(|u| Bounded::evaluate(&formula, &[*u])).collect();
    match plan.similarity.cosine() {
        Some(formula) if plan.output == Output::ClippedCosine => cosine(formula),
        _ => u.to_vec(),
    }
}
