//! Formulas evaluated for every patch and unit, and their column sums.

use std::sync::MutexGuard;

use hebb_core::Result;
use hebb_core::backend::{Dims, Operand, check_operands};
use hebb_core::formula::Formula;

use super::handle::CudaBackend;
use crate::buffer::CudaBuffer;
use crate::driver::{Argument, FormulaOperand, LaunchConfig, arguments};
use crate::formula::Program;
use crate::kernel::Kernel;
use crate::shapes::{Chunks, size};

use Argument::{Input, Output};

/// Operands of formulas over a matrix.
#[derive(Clone, Copy)]
pub(super) struct FormulaInput<'a> {
    pub(super) backend: &'a CudaBackend,
    pub(super) dims: Dims,
    pub(super) operands: &'a [Operand<'a, CudaBackend>],
}

impl<'a> FormulaInput<'a> {
    pub(super) fn new(
        backend: &'a CudaBackend,
        dims: Dims,
        operands: &'a [Operand<'a, CudaBackend>],
    ) -> Self {
        Self {
            backend,
            dims,
            operands,
        }
    }

    /// Writes the values of a formula.
    pub(super) fn map(&self, formula: &Formula, out: &mut CudaBuffer) -> Result<()> {
        let operands = self.operands(&[formula])?;
        let out = out.need_mut("out", self.dims.len())?;
        evaluate(self.backend, formula, self.dims, &operands, Output(out))
    }

    /// The first stage of the column sums of formulas: for each chunk of rows a row of sums, as long as `sums` times the
    /// columns. The values of one more formula may be stored.
    pub(super) fn statistics(
        &self,
        sums: &[&Formula],
        stored: Option<(&Formula, &mut CudaBuffer)>,
    ) -> Result<(Chunks, MutexGuard<'a, CudaBuffer>)> {
        let (backend, dims) = (self.backend, self.dims);
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
        let mut partials = backend.partials(chunks.count as usize * sums.len() * dims.cols)?;
        size("y", dims.len())?;
        let (rows, cols) = (size("y", dims.rows)?, size("a row", dims.cols)?);
        let (words, sums) = (program.words(), size("the sums", program.sums())?);
        let arguments = arguments![
            rows,
            cols,
            chunks.rows,
            sums,
            words,
            &operands[..],
            out,
            &mut *partials
        ];
        let shape = LaunchConfig::blocks(cols.div_ceil(32), chunks.count).with_shared(program.shared_bytes());
        backend.launch(Kernel::Statistics, shape, &arguments)?;
        Ok((chunks, partials))
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
    let entry = |operand: &Operand<'a, CudaBackend>| {
        FormulaOperand::new(operand.buffer, operand.offset, operand.spread)
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
    let arguments = arguments![len, cols, program.words(), operands, out];
    let shape = LaunchConfig::elements(len).with_shared(program.shared_bytes());
    backend.launch(Kernel::Formula, shape, &arguments)
}
