//! Formulas, element by element: evaluated a block at a time, so that intermediate values stay in the first cache.

mod apply;

use super::vectorized;
use crate::device::CpuBackend;
use crate::threads::Threads;
use apply::{BinaryKernel, UnaryKernel};
use hebb_core::backend::{self, Dims, Spread};
use hebb_core::rule::{ACTIVITY, Formula, SIMILARITY, STATES, TEACHER};

/// The operands of a rule's formula: slices over rows×cols, and the teacher's rows with how many rows share one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RuleOperands<'a> {
    pub(crate) activity: &'a [f32],
    pub(crate) similarity: &'a [f32],
    pub(crate) teacher: (&'a [f32], usize),
    /// One row of cols for each state.
    pub(crate) states: &'a [f32],
}

/// The operands of a formula by their positions.
#[derive(Clone, Copy)]
enum Operands<'a> {
    Rule(RuleOperands<'a>),
    Buffers(&'a [backend::Operand<'a, CpuBackend>]),
    /// Operand 0 is the block's former values, and the buffers follow.
    Target(&'a [f32], &'a [backend::Operand<'a, CpuBackend>]),
}

/// Values of a block.
const BLOCK: usize = 512;

/// `out` (rows×cols) = the formula of operands that were checked.
pub(crate) fn map(
    threads: &Threads,
    formula: &Formula,
    dims: Dims,
    operands: &[backend::Operand<'_, CpuBackend>],
    out: &mut [f32],
) {
    let operands = Operands::Buffers(operands);
    blocks(threads, dims, out, |at, block| {
        evaluate(formula, At { operands, ..at }, block);
    });
}

/// `target` (rows×cols) = the formula of its former values and of operands that were checked.
pub(crate) fn update(
    threads: &Threads,
    formula: &Formula,
    dims: Dims,
    operands: &[backend::Operand<'_, CpuBackend>],
    target: &mut [f32],
) {
    blocks(threads, dims, target, |at, block| {
        let mut former = [0.0; BLOCK];
        let former = &mut former[..block.len()];
        former.copy_from_slice(block);
        let operands = Operands::Target(former, operands);
        evaluate(formula, At { operands, ..at }, block);
    });
}

/// Calls `body` with every block and its place.
fn blocks(threads: &Threads, dims: Dims, out: &mut [f32], body: impl Fn(At<'_>, &mut [f32]) + Sync) {
    threads.rows(dims.len(), 1, out, |first, mut part| {
        let mut at = At {
            first,
            cols: dims.cols,
            operands: Operands::Buffers(&[]),
        };
        while !part.is_empty() {
            let (block, rest) = part.split_at_mut(at.block(part.len()));
            body(at, block);
            at.first += block.len();
            part = rest;
        }
    });
}

/// The place of a block: some whole rows, or a part of one.
#[derive(Clone, Copy)]
struct At<'a> {
    /// The first value, counted through all rows.
    first: usize,
    cols: usize,
    operands: Operands<'a>,
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

    /// The values of an operand, and how they spread.
    fn operand(&self, position: usize) -> (&'a [f32], Spread) {
        let buffer =
            |operand: &backend::Operand<'a, CpuBackend>| (&operand.buffer[operand.offset..], operand.spread);
        match (self.operands, position) {
            (Operands::Buffers(buffers), _) => buffer(&buffers[position]),
            (Operands::Target(..), 0) => (&[], Spread::Element),
            (Operands::Target(_, buffers), _) => buffer(&buffers[position - 1]),
            (Operands::Rule(rule), ACTIVITY) => (rule.activity, Spread::Element),
            (Operands::Rule(rule), SIMILARITY) => (rule.similarity, Spread::Element),
            (Operands::Rule(rule), TEACHER) => (rule.teacher.0, Spread::Rows(rule.teacher.1)),
            (Operands::Rule(rule), _) => (&rule.states[(position - STATES) * self.cols..], Spread::Column),
        }
    }

    /// The operand or number that a formula consists of, where it lies in memory.
    fn leaf(&self, formula: &Formula, len: usize) -> Option<apply::BlockValues<'a>> {
        use apply::BlockValues::{EachRow, Row, Same, Values};
        let position = match formula {
            Formula::Constant(value) => return Some(Same(*value)),
            Formula::Operand(position) => *position,
            _ => return None,
        };
        if let (Operands::Target(former, _), 0) = (self.operands, position) {
            return Some(Values(former));
        }
        let (values, spread) = self.operand(position);
        let (row, column) = (self.first / self.cols, self.first % self.cols);
        match spread {
            Spread::Element => Some(Values(&values[self.first..][..len])),
            Spread::Single => Some(Same(values[0])),
            Spread::Column if self.cols == 1 => Some(Same(values[0])),
            Spread::Column if len > self.cols => Some(Row(&values[..self.cols])),
            Spread::Column => Some(Values(&values[column..][..len])),
            Spread::Row if self.cols == 1 => Some(Values(&values[row..][..len])),
            Spread::Row if len > self.cols => Some(EachRow(&values[row..], self.cols)),
            Spread::Row => Some(Same(values[row])),
            Spread::Rows(_) => None,
        }
    }

    /// Fills a block with the rows that several rows of the matrix share.
    fn shared(&self, position: usize, out: &mut [f32]) {
        let (values, spread) = self.operand(position);
        let (row, column) = (self.first / self.cols, self.first % self.cols);
        for (offset, out) in out.chunks_mut(self.cols).enumerate() {
            let start = spread.index(self.cols, row + offset, column);
            out.copy_from_slice(&values[start..][..out.len()]);
        }
    }
}

/// `out` = a rule's formula for one row of `cols` columns, whose operands were checked.
pub(crate) fn map_row(formula: &Formula, cols: usize, operands: RuleOperands<'_>, out: &mut [f32]) {
    for (index, out) in out.chunks_mut(BLOCK).enumerate() {
        let at = At {
            first: index * BLOCK,
            cols,
            operands: Operands::Rule(operands),
        };
        evaluate(formula, at, out);
    }
}

fn evaluate(formula: &Formula, at: At<'_>, out: &mut [f32]) {
    match formula {
        Formula::Unary(function, a) => {
            let a = left(a, at, out);
            vectorized(UnaryKernel, (*function, a, out));
        }
        Formula::Binary(function, a, b) => match at.leaf(b, out.len()) {
            Some(b) => {
                let a = left(a, at, out);
                vectorized(BinaryKernel, (*function, a, b, out));
            }
            None => {
                let mut right = [0.0; BLOCK];
                let right = &mut right[..out.len()];
                evaluate(b, at, right);
                let a = left(a, at, out);
                vectorized(
                    BinaryKernel,
                    (*function, a, apply::BlockValues::Values(right), out),
                );
            }
        },
        leaf => match (at.leaf(leaf, out.len()), leaf) {
            (Some(values), _) => values.copy_to(out),
            (None, Formula::Operand(position)) => at.shared(*position, out),
            (None, _) => {}
        },
    }
}

/// The left side of an operation where it lies in memory; nothing if it is computed into `out`.
fn left<'a>(formula: &Formula, at: At<'a>, out: &mut [f32]) -> Option<&'a [f32]> {
    if let Some(apply::BlockValues::Values(values)) = at.leaf(formula, out.len()) {
        return Some(values);
    }
    evaluate(formula, at, out);
    None
}
