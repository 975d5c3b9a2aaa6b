//! Formulas, element by element: evaluated a block of columns at a time.

use super::{kernel, vectorized};
use crate::memory::prefix;
use crate::parallel::Pool;
use hebb_core::backend::Dims;
use hebb_core::rule::{Binary, Expr, Unary};
use hebb_core::{Error, Result};

/// What a formula reads: slices over rows×cols, and the teacher's rows with how many rows share one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Variables<'a> {
    pub(crate) activity: &'a [f32],
    pub(crate) similarity: &'a [f32],
    pub(crate) teacher: (&'a [f32], usize),
    pub(crate) states: &'a [f32],
}

/// Columns of a block, so that every intermediate value stays in the first cache.
const BLOCK: usize = 256;

/// `out` (rows×cols) = the formula.
pub(crate) fn map(
    pool: &Pool,
    expr: &Expr,
    dims: Dims,
    variables: Variables<'_>,
    out: &mut [f32],
) -> Result<()> {
    check(expr, dims, &variables)?;
    pool.rows(dims.rows, dims.cols, out, |first, part| {
        for (offset, row) in part.chunks_exact_mut(dims.cols).enumerate() {
            for (index, out) in row.chunks_mut(BLOCK).enumerate() {
                let at = At {
                    row: first + offset,
                    column: index * BLOCK,
                    cols: dims.cols,
                    variables,
                };
                evaluate(expr, at, out);
            }
        }
    });
    Ok(())
}

/// Every variable that the formula names must be there in full.
fn check(expr: &Expr, dims: Dims, variables: &Variables<'_>) -> Result<()> {
    let names = |part: Expr| expr.any(&|other| *other == part);
    if names(Expr::Activity) {
        prefix("the activity of a formula", variables.activity, dims.len())?;
    }
    if names(Expr::Similarity) {
        prefix("the similarity of a formula", variables.similarity, dims.len())?;
    }
    if names(Expr::Teacher) {
        let (teacher, rows) = variables.teacher;
        if rows == 0 {
            return Err(Error::shape(
                "the teacher of a formula",
                "a row for at least 1 row",
                "rows for 0",
            ));
        }
        let needed = dims.rows.div_ceil(rows) * dims.cols;
        prefix("the teacher of a formula", teacher, needed)?;
    }
    prefix(
        "the states of a formula",
        variables.states,
        expr.states() * dims.cols,
    )?;
    Ok(())
}

/// The place of a block.
#[derive(Clone, Copy)]
struct At<'a> {
    row: usize,
    column: usize,
    cols: usize,
    variables: Variables<'a>,
}

/// `out` = the formula for one row of `cols` columns, whose variables were checked.
pub(crate) fn map_row(expr: &Expr, cols: usize, variables: Variables<'_>, out: &mut [f32]) {
    for (index, out) in out.chunks_mut(BLOCK).enumerate() {
        let at = At {
            row: 0,
            column: index * BLOCK,
            cols,
            variables,
        };
        evaluate(expr, at, out);
    }
}

fn evaluate(expr: &Expr, at: At<'_>, out: &mut [f32]) {
    let from = |values: &[f32], row: usize, out: &mut [f32]| {
        out.copy_from_slice(&values[row * at.cols + at.column..][..out.len()]);
    };
    match expr {
        Expr::Activity => from(at.variables.activity, at.row, out),
        Expr::Similarity => from(at.variables.similarity, at.row, out),
        Expr::Teacher => from(at.variables.teacher.0, at.row / at.variables.teacher.1, out),
        Expr::State(index) => from(at.variables.states, *index, out),
        Expr::Constant(value) => out.fill(*value),
        Expr::Unary(function, a) => {
            evaluate(a, at, out);
            vectorized(UnaryKernel, (*function, &mut *out));
        }
        Expr::Binary(function, a, b) => {
            let mut right = [0.0; BLOCK];
            let right = &mut right[..out.len()];
            evaluate(a, at, out);
            evaluate(b, at, right);
            vectorized(BinaryKernel, (*function, &mut *out, &*right));
        }
    }
}

#[inline(always)]
fn unary(function: Unary, values: &mut [f32]) {
    match function {
        Unary::Neg => each(values, |v| -v),
        Unary::Abs => each(values, f32::abs),
        Unary::Sign => each(values, |v| if v == 0.0 { 0.0 } else { v.signum() }),
        Unary::Positive => each(values, |v| f32::from(u8::from(v > 0.0))),
        Unary::Tanh => each(values, f32::tanh),
        Unary::Exp => each(values, f32::exp),
        Unary::Sqrt => each(values, f32::sqrt),
        Unary::Recip => each(values, f32::recip),
    }
}

kernel!(UnaryKernel: unary(function: Unary, values: &mut [f32]));

#[inline(always)]
fn each(values: &mut [f32], f: impl Fn(f32) -> f32) {
    values.iter_mut().for_each(|v| *v = f(*v));
}

#[inline(always)]
fn binary(function: Binary, left: &mut [f32], right: &[f32]) {
    let pairs = left.iter_mut().zip(right);
    match function {
        Binary::Add => pairs.for_each(|(v, w)| *v += w),
        Binary::Sub => pairs.for_each(|(v, w)| *v -= w),
        Binary::Mul => pairs.for_each(|(v, w)| *v *= w),
        Binary::Max => pairs.for_each(|(v, w)| *v = v.max(*w)),
        Binary::Pow => pairs.for_each(|(v, w)| *v = v.abs().powf(*w)),
    }
}

kernel!(BinaryKernel: binary(function: Binary, left: &mut [f32], right: &[f32]));
