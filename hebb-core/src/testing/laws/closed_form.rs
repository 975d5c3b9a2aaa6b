//! The closed form of an update.

use crate::formula::Formula;
use crate::rule::{Decay, Lowering, Sample};

/// ΔW (N×K) of one patch by ΔW = AᵀX − CW, in f64.
pub fn closed_form(lowering: &Lowering, sample: &Sample<'_, f64>) -> Vec<f64> {
    let (units, len) = (sample.units(), sample.patch.len());
    let value = |formula: &Formula, unit: usize| {
        let teacher = sample.teacher.get(unit).copied().unwrap_or(f64::NAN);
        let own = [sample.activity[unit], sample.similarity[unit], teacher];
        let states = sample.states.iter().map(|state| state[unit]);
        formula.value(&own.into_iter().chain(states).collect::<Vec<f64>>())
    };
    let decayed = |unit: usize, k: usize| match &lowering.decay {
        Decay::None => 0.0,
        Decay::Diagonal(expr) => value(expr, unit) * sample.row(unit)[k],
        Decay::Input => sample.patch[k] * sample.row(unit)[k],
        Decay::Outer(outer) => {
            let others = if outer.lower { unit + 1 } else { units };
            let column = |j: usize| value(&outer.columns, j) * sample.row(j)[k];
            let identity = if outer.identity { sample.row(unit)[k] } else { 0.0 };
            value(&outer.rows, unit) * (0..others).map(column).sum::<f64>() - identity
        }
    };
    let update = |index: usize| {
        let (unit, k) = (index / len, index % len);
        value(&lowering.factor, unit) * sample.patch[k] - decayed(unit, k)
    };
    (0..units * len).map(update).collect()
}
