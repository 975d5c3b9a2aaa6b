//! The scalar definitions of the plan, applied to every element or to the units of every patch.

use super::RefBackend;
use super::need::{need, need_mut, need_some};
use crate::backend::{Dims, Variables};
use crate::error::{Error, Result};
use crate::formula::Formula;
use crate::plan::{Competition, Output, Similarity};
use crate::rule;

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

pub(super) fn map(
    expr: &Formula,
    dims: Dims,
    variables: Variables<'_, RefBackend>,
    out: &mut [f32],
) -> Result<()> {
    let named = |variable: Formula| expr.any(&|part| *part == variable);
    let read = |what, variable, buffer: Option<_>| match named(variable) {
        true => need_some(what, buffer, dims.len()).map(Some),
        false => Ok(None),
    };
    let activity = read("activity", Formula::Activity, variables.activity)?;
    let similarity = read("similarity", Formula::Similarity, variables.similarity)?;
    let teacher = if named(Formula::Teacher) {
        Some(teacher(dims, variables)?)
    } else {
        None
    };
    let states = match expr.states() {
        0 => &[],
        states => need_some("states", variables.states, states * dims.cols)?,
    };
    let at = |values: Option<&[f32]>, index: usize| values.map_or(f64::NAN, |v| f64::from(v[index]));
    for (index, out) in need_mut("out", out, dims.len())?.iter_mut().enumerate() {
        let (row, col) = (index / dims.cols, index % dims.cols);
        let of_unit = |state: &[f32]| f64::from(state[col]);
        *out = expr.value(&rule::Variables {
            activity: at(activity, index),
            similarity: at(similarity, index),
            teacher: teacher.map_or(f64::NAN, |(t, rows)| f64::from(t[row / rows * dims.cols + col])),
            states: &states.chunks_exact(dims.cols).map(of_unit).collect::<Vec<_>>(),
        }) as f32;
    }
    Ok(())
}

pub(super) fn multiply(len: usize, factor: &[f32], x: &mut [f32]) -> Result<()> {
    let factor = need("factor", factor, len)?;
    for (x, &factor) in need_mut("x", x, len)?.iter_mut().zip(factor) {
        *x = (f64::from(*x) * f64::from(factor)) as f32;
    }
    Ok(())
}

/// The teacher's rows and for how many rows of the formula each holds.
fn teacher<'a>(dims: Dims, variables: Variables<'a, RefBackend>) -> Result<(&'a [f32], usize)> {
    let Some((teacher, rows)) = variables.teacher else {
        return Err(Error::shape(
            "the operand teacher",
            "a row for each image",
            "no buffer",
        ));
    };
    let rows = rows.max(1);
    Ok((
        need("teacher", teacher, dims.rows.div_ceil(rows) * dims.cols)?,
        rows,
    ))
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
