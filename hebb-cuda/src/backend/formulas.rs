//! Formulas evaluated for every patch and unit, and their column sums.

use hebb_core::backend::{Dims, Variables};
use hebb_core::rule::Expr;
use hebb_core::{Error, Result};

use super::handle::CudaBackend;
use crate::buffer::CudaBuffer;
use crate::driver::{Argument, FormulaOperand, LaunchConfig, Spread};
use crate::formula::Program;
use crate::kernel::Kernel;
use crate::shapes::{Chunks, size};

use Argument::{Input, Operands, Output, Unsigned, Words};

/// Operands of formulas over a matrix.
#[derive(Clone, Copy)]
pub(super) struct FormulaInput<'a> {
    pub(super) backend: &'a CudaBackend,
    pub(super) dims: Dims,
    pub(super) variables: Variables<'a, CudaBackend>,
}

/// Formulas to be summed over rows, and at most one whose values are stored.
pub(super) struct Statistics<'a> {
    pub(super) sums: &'a [&'a Expr],
    pub(super) stored: Option<(&'a Expr, &'a mut CudaBuffer)>,
}

impl<'a> FormulaInput<'a> {
    /// Writes the values of a formula.
    pub(super) fn map(&self, expr: &Expr, out: &mut CudaBuffer) -> Result<()> {
        let operands = self.operands(&[expr])?;
        let out = out.need_mut("out", self.dims.len())?;
        evaluate(self.backend, expr, self.dims, &operands, Output(out))
    }

    /// The first stage of column sums: `partials` becomes a row of sums for each chunk of rows, as long as
    /// `statistics.sums` times the columns.
    pub(super) fn statistics(&self, statistics: Statistics<'_>, partials: &mut CudaBuffer) -> Result<Chunks> {
        let (backend, dims, Statistics { sums, stored }) = (self.backend, self.dims, statistics);
        let kept = stored.as_ref().map(|(expr, _)| *expr);
        let formulas: Vec<&Expr> = sums.iter().copied().chain(kept).collect();
        let operands = self.operands(&formulas)?;
        let mut program = sums
            .iter()
            .try_fold(Program::empty(), |program, expr| program.sum(expr))?;
        if let Some(expr) = kept {
            program = program.store(expr)?;
        }
        let out = match stored {
            Some((_, out)) => Output(out.need_mut("factor", dims.len())?),
            None => Input(&backend.nothing),
        };
        let chunks = Chunks::of(dims.rows)?;
        backend.grow(partials, chunks.count as usize * sums.len() * dims.cols)?;
        size("y", dims.len())?;
        let cols = size("a row", dims.cols)?;
        let arguments = [
            Unsigned(size("y", dims.rows)?),
            Unsigned(cols),
            Unsigned(chunks.rows),
            Unsigned(size("the sums", program.sums())?),
            Words(program.words()),
            Operands(&operands),
            out,
            Output(partials),
        ];
        let shape = LaunchConfig::blocks(cols.div_ceil(32), chunks.count).with_shared(program.shared_bytes());
        backend.launch(Kernel::Statistics, shape, &arguments)?;
        Ok(chunks)
    }

    /// The operand table of formulas: y, u, t and the states. Operands that no formula names are not checked.
    fn operands(&self, formulas: &[&Expr]) -> Result<Vec<FormulaOperand<'a>>> {
        let (backend, dims, variables) = (self.backend, self.dims, self.variables);
        let named = |variable: &Expr| formulas.iter().any(|expr| expr.any(&|part| part == variable));
        let operand = |what, named: bool, buffer: Option<&'a CudaBuffer>, len| match buffer {
            _ if !named => Ok(&backend.nothing),
            Some(buffer) => buffer.need(what, len),
            None => Err(absent(what, len)),
        };
        let matrix = |what, variable, buffer| operand(what, named(&variable), buffer, dims.len());
        let per = variables.teacher.map_or(1, |(_, rows)| rows.max(1));
        let taught = dims.rows.div_ceil(per) * dims.cols;
        let teacher = variables.teacher.map(|(teacher, _)| teacher);
        let teacher = operand("teacher", named(&Expr::Teacher), teacher, taught)?;
        let mut table = vec![
            FormulaOperand::matrix(matrix("activity", Expr::Activity, variables.activity)?),
            FormulaOperand::matrix(matrix("similarity", Expr::Similarity, variables.similarity)?),
            FormulaOperand::new(teacher, 0, Spread::PerRows(size("the rows of a teacher", per)?)),
        ];
        let count = formulas.iter().map(|expr| expr.states()).max().unwrap_or(0);
        let states = operand("states", count > 0, variables.states, count * dims.cols)?;
        let state = |index| FormulaOperand::new(states, index * dims.cols, Spread::PerColumn);
        table.extend((0..count).map(state));
        Ok(table)
    }
}

/// Replaces a matrix by the values of a formula of it, operand 0, and other operands.
pub(super) fn update(
    backend: &CudaBackend,
    expr: &Expr,
    dims: Dims,
    target: &mut CudaBuffer,
    others: &[FormulaOperand<'_>],
) -> Result<()> {
    // Each thread reads the element that it writes, and no other of the target.
    let target: &CudaBuffer = target.need_mut("x", dims.len())?;
    let mut operands = vec![FormulaOperand::matrix(target)];
    operands.extend(others);
    evaluate(backend, expr, dims, &operands, Input(target))
}

fn evaluate(
    backend: &CudaBackend,
    expr: &Expr,
    dims: Dims,
    operands: &[FormulaOperand<'_>],
    out: Argument<'_>,
) -> Result<()> {
    let program = Program::new(expr)?;
    let (len, cols) = (size("out", dims.len())?, size("a row", dims.cols)?);
    let arguments = [
        Unsigned(len),
        Unsigned(cols),
        Words(program.words()),
        Operands(operands),
        out,
    ];
    let shape = LaunchConfig::elements(len).with_shared(program.shared_bytes());
    backend.launch(Kernel::Formula, shape, &arguments)
}

fn absent(what: &str, len: usize) -> Error {
    Error::shape(
        format!("the operand {what}"),
        format!("at least {len}"),
        "no buffer",
    )
}
