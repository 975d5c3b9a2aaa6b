//! The scalar definitions of the plan, applied to every element or to the units of every patch.

use super::RefBackend;
use super::need::{need, need_mut};
use crate::backend::{Dims, Operand, Spread, check_operands};
use crate::error::Result;
use crate::formula::Formula;
use crate::plan::{Competition, Output, Similarity};

pub(super) fn similarity(
    similarity: Similarity,
    dims: Dims,
    patch_norms: &[f32],
    unit_norms: &[f32],
    dots: &mut [f32],
) -> Result<()> {
    let read = |needed: bool, len: usize| if needed { len } else { 0 };
    let patch_norms = need(
        "patch_norms",
        patch_norms,
        read(similarity.needs_patch_norms(), dims.rows),
    )?;
    let unit_norms = need(
        "unit_norms",
        unit_norms,
        read(similarity.needs_unit_norms(), dims.cols),
    )?;
    let norm = |norms: &[f32], index: usize| norms.get(index).map_or(0.0, |&v| f64::from(v));
    for (index, dot) in need_mut("dots", dots, dims.len())?.iter_mut().enumerate() {
        let (patch, unit) = (index / dims.cols, index % dims.cols);
        *dot = similarity.of(f64::from(*dot), norm(patch_norms, patch), norm(unit_norms, unit)) as f32;
    }
    Ok(())
}

pub(super) fn compete(
    competition: &Competition,
    dims: Dims,
    u: &[f32],
    thresholds: Option<&Vec<f32>>,
    y: &mut [f32],
) -> Result<()> {
    let u = need("u", u, dims.len())?;
    let thresholds = thresholds.map(|b| need("thresholds", b, dims.cols)).transpose()?;
    let y = need_mut("y", y, dims.len())?;
    let mut activity = vec![0.0; dims.cols];
    for patch in 0..dims.rows {
        let span = patch * dims.cols..(patch + 1) * dims.cols;
        competition.of(&scores(&u[span.clone()], thresholds), &mut activity);
        round_to(&activity, &mut y[span]);
    }
    Ok(())
}

pub(super) fn activate(
    output: &Output,
    dims: Dims,
    u: &[f32],
    thresholds: Option<&Vec<f32>>,
    y: &[f32],
    out: &mut [f32],
) -> Result<()> {
    let (u, y) = (need("u", u, dims.len())?, need("y", y, dims.len())?);
    let thresholds = thresholds.map(|b| need("thresholds", b, dims.cols)).transpose()?;
    let out = need_mut("out", out, dims.len())?;
    let mut values = vec![0.0; dims.cols];
    for patch in 0..dims.rows {
        let span = patch * dims.cols..(patch + 1) * dims.cols;
        let (u, y) = (&u[span.clone()], &y[span.clone()]);
        output.of(&widen(u), &scores(u, thresholds), &widen(y), &mut values);
        round_to(&values, &mut out[span]);
    }
    Ok(())
}

/// The values of an operand, and how they spread.
type Source<'a> = (&'a [f32], Spread);

/// The operands from position `first` on, those that the formula does not name empty.
fn sources<'a>(
    formula: &Formula,
    dims: Dims,
    operands: &[Operand<'a, RefBackend>],
    first: usize,
) -> Result<Vec<Source<'a>>> {
    check_operands(&RefBackend, formula, dims, operands, first)?;
    let source = |(index, operand): (usize, &Operand<'a, RefBackend>)| match formula.names(first + index) {
        true => (&operand.buffer[operand.offset..], operand.spread),
        false => (&[0.0; 1][..], Spread::Single),
    };
    Ok(operands.iter().enumerate().map(source).collect())
}

/// `target` = the formula; where `in_place`, operand 0 is the target's former value and `operands` begin with operand 1.
pub(super) fn map(
    formula: &Formula,
    dims: Dims,
    operands: &[Operand<'_, RefBackend>],
    target: &mut [f32],
    in_place: bool,
) -> Result<()> {
    let sources = sources(formula, dims, operands, usize::from(in_place))?;
    let target = need_mut(if in_place { "target" } else { "out" }, target, dims.len())?;
    let mut values = Vec::new();
    for (index, target) in target.iter_mut().enumerate() {
        let (row, col) = (index / dims.cols, index % dims.cols);
        let of = |&(values, spread): &Source<'_>| f64::from(values[spread.index(dims.cols, row, col)]);
        values.clear();
        values.extend(in_place.then_some(f64::from(*target)));
        values.extend(sources.iter().map(of));
        *target = formula.value(&values) as f32;
    }
    Ok(())
}

/// The scores s = u − b, rounded to f32 so that every backend compares the same numbers.
fn scores(u: &[f32], thresholds: Option<&[f32]>) -> Vec<f64> {
    match thresholds {
        None => widen(u),
        Some(thresholds) => u.iter().zip(thresholds).map(|(u, b)| f64::from(u - b)).collect(),
    }
}

fn widen(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&v| f64::from(v)).collect()
}

fn round_to(values: &[f64], out: &mut [f32]) {
    out.iter_mut()
        .zip(values)
        .for_each(|(out, &value)| *out = value as f32);
}
