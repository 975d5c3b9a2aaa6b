//! Formulas, element by element: evaluated a block at a time, so that intermediate values stay in the first cache.

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

/// Values of a block.
const BLOCK: usize = 512;

/// `out` (rows×cols) = the formula.
pub(crate) fn map(
    pool: &Pool,
    expr: &Expr,
    dims: Dims,
    variables: Variables<'_>,
    out: &mut [f32],
) -> Result<()> {
    check(expr, dims, &variables)?;
    pool.rows(dims.len(), 1, out, |first, mut part| {
        let mut at = At {
            first,
            cols: dims.cols,
            variables,
        };
        while !part.is_empty() {
            let (block, rest) = part.split_at_mut(at.block(part.len()));
            evaluate(expr, at, block);
            at.first += block.len();
            part = rest;
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

/// The place of a block: some whole rows, or a part of one.
#[derive(Clone, Copy)]
struct At<'a> {
    /// The first value, counted through all rows.
    first: usize,
    cols: usize,
    variables: Variables<'a>,
}

impl At<'_> {
    /// Values of the next block, of which there are `left`.
    fn block(&self, left: usize) -> usize {
        let to_row_end = self.cols - self.first % self.cols;
        if to_row_end < self.cols || self.cols > BLOCK.min(left) {
            return to_row_end.min(BLOCK).min(left);
        }
        left.min(BLOCK) / self.cols * self.cols
    }

    /// Fills a block with the row that `values` gives for each row of the matrix.
    fn spread<'v>(&self, values: impl Fn(usize) -> &'v [f32], out: &mut [f32]) {
        let (row, column) = (self.first / self.cols, self.first % self.cols);
        for (offset, out) in out.chunks_mut(self.cols).enumerate() {
            match (values(row + offset), out) {
                ([value], [out]) => *out = *value,
                (values, out) => out.copy_from_slice(&values[column..][..out.len()]),
            }
        }
    }
}

/// `out` = the formula for one row of `cols` columns, whose variables were checked.
pub(crate) fn map_row(expr: &Expr, cols: usize, variables: Variables<'_>, out: &mut [f32]) {
    for (index, out) in out.chunks_mut(BLOCK).enumerate() {
        let at = At {
            first: index * BLOCK,
            cols,
            variables,
        };
        evaluate(expr, at, out);
    }
}

fn evaluate(expr: &Expr, at: At<'_>, out: &mut [f32]) {
    match expr {
        Expr::Activity => out.copy_from_slice(&at.variables.activity[at.first..][..out.len()]),
        Expr::Similarity => out.copy_from_slice(&at.variables.similarity[at.first..][..out.len()]),
        Expr::Teacher => {
            let (teacher, rows) = at.variables.teacher;
            at.spread(|row| &teacher[row / rows * at.cols..][..at.cols], out);
        }
        Expr::State(index) => {
            let state = &at.variables.states[index * at.cols..][..at.cols];
            at.spread(|_| state, out);
        }
        Expr::Constant(value) => out.fill(*value),
        Expr::Unary(function, a) => {
            evaluate(a, at, out);
            vectorized(UnaryKernel, (*function, &mut *out));
        }
        Expr::Binary(function, a, b) => {
            let mut right = [0.0; BLOCK];
            let right = operand(b, at, &mut right[..out.len()]);
            evaluate(a, at, out);
            vectorized(BinaryKernel, (*function, &mut *out, right));
        }
    }
}

/// A part of a formula: where the variable lies, or computed into `room`.
fn operand<'r>(expr: &Expr, at: At<'r>, room: &'r mut [f32]) -> &'r [f32] {
    match expr {
        Expr::Activity => &at.variables.activity[at.first..][..room.len()],
        Expr::Similarity => &at.variables.similarity[at.first..][..room.len()],
        _ => {
            evaluate(expr, at, room);
            room
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
