//! Formulas evaluated for every patch and unit, and their column sums.

use hebb_core::Result;
use hebb_core::backend::{Dims, Operand, check_operands};
use hebb_core::formula::Formula;

use super::handle::CudaBackend;
use crate::buffer::CudaBuffer;
use crate::driver::{Argument, FormulaOperand, LaunchConfig};
use crate::formula::Program;
use crate::kernel::Kernel;
use crate::shapes::{Chunks, size};

use Argument::{Input, Operands, Output, Unsigned, Words};

/// Operands of formulas over a matrix.
#[derive(Clone, Copy)]
pub(super) struct FormulaInput<'a> {
    pub(super) backend: &'a CudaBackend,
    pub(super) dims: Dims,
    pub(super) operands: &'a [Operand<'a, CudaBackend>],
}

/// Formulas to be summed over rows, and at most one whose values are stored.
pub(super) struct Statistics<'a> {
    pub(super) sums: &'a [&'a Formula],
    pub(super) stored: Option<(&'a Formula, &'a mut CudaBuffer)>,
}

impl<'a> FormulaInput<'a> {
    /// Writes the values of a formula.
    pub(super) fn map(&self, formula: &Formula, out: &mut CudaBuffer) -> Result<()> {
        let operands = self.operands(&[formula])?;
        let out = out.need_mut("out", self.dims.len())?;
        evaluate(self.backend, formula, self.dims, &operands, Output(out))
    }

    /// The first stage of column sums: `partials` becomes a row of sums for each chunk of rows, as long as
    /// `statistics.sums` times the columns.
    pub(super) fn statistics(&self, statistics: Statistics<'_>, partials: &mut CudaBuffer) -> Result<Chunks> {
        let (backend, dims, Statistics { sums, stored }) = (self.backend, self.dims, statistics);
        let kept = stored.as_ref().map(|(formula, _)| *formula);
        let formulas: Vec<&Formula> = sums.iter().copied().chain(kept).collect();
        let operands = self.operands(&formulas)?;
        let mut program = sums
            .iter()
            .try_fold(Program::empty(), |program, formula| program.sum(formula))?;
        if let Some(formula) = kept {
            program = program.store(formula)?;
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

    /// The operand table of formulas. Operands that no formula names are not checked.
    fn operands(&self, formulas: &[&Formula]) -> Result<Vec<FormulaOperand<'a>>> {
        formulas
            .iter()
            .try_for_each(|formula| check_operands(self.backend, formula, self.dims, self.operands, 0))?;
        let named = formulas.iter().map(|formula| formula.operands()).max();
        Ok(table(&self.operands[..named.unwrap_or(0)]))
    }
}

fn table<'a>(operands: &[Operand<'a, CudaBackend>]) -> Vec<FormulaOperand<'a>> {
    let entry = |operand: &Operand<'a, CudaBackend>| FormulaOperand {
        buffer: operand.buffer,
        offset: operand.offset,
        spread: operand.spread,
    };
    operands.iter().map(entry).collect()
}

/// Replaces a matrix by the values of a formula of it, operand 0, and of `others`.
pub(super) fn update(
    backend: &CudaBackend,
    formula: &Formula,
    dims: Dims,
    others: &[Operand<'_, CudaBackend>],
    target: &mut CudaBuffer,
) -> Result<()> {
    check_operands(backend, formula, dims, others, 1)?;
    // Each thread reads the element that it writes, and no other of the target.
    let target: &CudaBuffer = target.need_mut("target", dims.len())?;
    let mut operands = vec![FormulaOperand::matrix(target)];
    let named = formula.operands().saturating_sub(1);
    operands.extend(table(&others[..named]));
    evaluate(backend, formula, dims, &operands, Input(target))
}

fn evaluate(
    backend: &CudaBackend,
    formula: &Formula,
    dims: Dims,
    operands: &[FormulaOperand<'_>],
    out: Argument<'_>,
) -> Result<()> {
    let program = Program::new(formula)?;
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
