//! Formulas, element by element: evaluated a block at a time, so that intermediate values stay in the first cache.

mod apply;

use super::vectorized;
use crate::memory::prefix;
use crate::threads::Threads as Pool;
use apply::{BinaryKernel, Operand, UnaryKernel};
use hebb_core::backend::Dims;
use hebb_core::rule::Expr;
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

impl<'a> At<'a> {
    /// Values of the next block, of which there are `left`.
    fn block(&self, left: usize) -> usize {
        let to_row_end = self.cols - self.first % self.cols;
        if to_row_end < self.cols || self.cols > BLOCK.min(left) {
            return to_row_end.min(BLOCK).min(left);
        }
        left.min(BLOCK) / self.cols * self.cols
    }

    /// The variable that a formula consists of, where it lies in memory.
    fn variable(&self, expr: &Expr, len: usize) -> Option<Operand<'a>> {
        match expr {
            Expr::Activity => Some(Operand::Values(&self.variables.activity[self.first..][..len])),
            Expr::Similarity => Some(Operand::Values(&self.variables.similarity[self.first..][..len])),
            Expr::State(index) => {
                let state = &self.variables.states[index * self.cols..][..self.cols];
                let column = self.first % self.cols;
                Some(match state {
                    [value] => Operand::Same(*value),
                    row if len > self.cols => Operand::Row(row),
                    row => Operand::Values(&row[column..][..len]),
                })
            }
            Expr::Constant(value) => Some(Operand::Same(*value)),
            _ => None,
        }
    }

    /// Fills a block with the teacher's rows, each for as many rows of the matrix as share it.
    fn teach(&self, out: &mut [f32]) {
        let (teacher, rows) = self.variables.teacher;
        let (row, column) = (self.first / self.cols, self.first % self.cols);
        for (offset, out) in out.chunks_mut(self.cols).enumerate() {
            let start = (row + offset) / rows * self.cols + column;
            out.copy_from_slice(&teacher[start..][..out.len()]);
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
        Expr::Teacher => at.teach(out),
        Expr::Unary(function, a) => {
            let a = left(a, at, out);
            vectorized(UnaryKernel, (*function, a, out));
        }
        Expr::Binary(function, a, b) => match at.variable(b, out.len()) {
            Some(b) => {
                let a = left(a, at, out);
                vectorized(BinaryKernel, (*function, a, b, out));
            }
            None => {
                let mut room = [0.0; BLOCK];
                let room = &mut room[..out.len()];
                evaluate(b, at, room);
                let a = left(a, at, out);
                vectorized(BinaryKernel, (*function, a, Operand::Values(room), out));
            }
        },
        variable => {
            if let Some(values) = at.variable(variable, out.len()) {
                values.copy_to(out);
            }
        }
    }
}

/// The left side of an operation where it lies in memory; nothing if it is computed into `out`.
fn left<'a>(expr: &Expr, at: At<'a>, out: &mut [f32]) -> Option<&'a [f32]> {
    if let Some(Operand::Values(values)) = at.variable(expr, out.len()) {
        return Some(values);
    }
    evaluate(expr, at, out);
    None
}
