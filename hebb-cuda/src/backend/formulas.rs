//! Formulas evaluated for every patch and unit, and their column sums.

use hebb_core::backend::{Dims, Variables};
use hebb_core::rule::Expr;
use hebb_core::{Error, Result};

use super::handle::CudaBackend;
use crate::buffer::CudaBuffer;
use crate::driver::{Argument, FormulaOperand, LaunchConfig, MAX_OPERANDS, Spread};
use crate::error::CudaError;
use crate::formula::Program;
use crate::kernel::Kernel;
use crate::shapes::{Chunks, size};

use Argument::{Input, Operands, Output, Unsigned, Words};

pub(super) fn map(
    backend: &CudaBackend,
    expr: &Expr,
    dims: Dims,
    variables: Variables<'_, CudaBackend>,
    out: &mut CudaBuffer,
) -> Result<()> {
    let program = Program::new(expr)?;
    let operands = operands(backend, &[expr], dims, variables)?;
    let out = out.need_mut("out", dims.len())?;
    let (len, cols) = (size("out", dims.len())?, size("a row", dims.cols)?);
    let arguments = [
        Unsigned(len),
        Unsigned(cols),
        Words(program.words()),
        Operands(&operands),
        Output(out),
    ];
    let shape = LaunchConfig::elements(len).with_shared(program.shared_bytes());
    backend.launch(Kernel::Formula, shape, &arguments)
}

/// Formulas to be summed over rows, and at most one whose values are kept.
pub(super) struct Statistics<'a> {
    pub(super) sums: &'a [&'a Expr],
    pub(super) stored: Option<(&'a Expr, &'a mut CudaBuffer)>,
}

/// The first stage: `partials` becomes a row of sums for each chunk of rows, as long as `statistics.sums` times the columns.
pub(super) fn statistics(
    backend: &CudaBackend,
    statistics: Statistics<'_>,
    dims: Dims,
    variables: Variables<'_, CudaBackend>,
    partials: &mut CudaBuffer,
) -> Result<Chunks> {
    let Statistics { sums, stored } = statistics;
    let kept = stored.as_ref().map(|(expr, _)| *expr);
    let formulas: Vec<&Expr> = sums.iter().copied().chain(kept).collect();
    let operands = operands(backend, &formulas, dims, variables)?;
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
fn operands<'a>(
    backend: &'a CudaBackend,
    formulas: &[&Expr],
    dims: Dims,
    variables: Variables<'a, CudaBackend>,
) -> Result<Vec<FormulaOperand<'a>>> {
    let named = |variable: Expr| formulas.iter().any(|expr| expr.any(&|part| *part == variable));
    let operand = |what, named: bool, buffer: Option<&'a CudaBuffer>, len| match buffer {
        _ if !named => Ok(&backend.nothing),
        Some(buffer) => buffer.need(what, len),
        None => Err(absent(what, len)),
    };
    let per = variables.teacher.map_or(1, |(_, rows)| rows.max(1));
    let taught = dims.rows.div_ceil(per) * dims.cols;
    let teacher = variables.teacher.map(|(teacher, _)| teacher);
    let (y, u, t) = (
        operand("activity", named(Expr::Activity), variables.activity, dims.len())?,
        operand(
            "similarity",
            named(Expr::Similarity),
            variables.similarity,
            dims.len(),
        )?,
        operand("teacher", named(Expr::Teacher), teacher, taught)?,
    );
    let entry = |buffer, offset, spread| FormulaOperand {
        buffer,
        offset,
        spread,
    };
    let mut table = vec![
        entry(y, 0, Spread::EveryElement),
        entry(u, 0, Spread::EveryElement),
        entry(t, 0, Spread::PerRows(size("the rows of a teacher", per)?)),
    ];
    let count = formulas.iter().map(|expr| expr.states()).max().unwrap_or(0);
    let states = operand("states", count > 0, variables.states, count * dims.cols)?;
    table.extend((0..count).map(|state| entry(states, state * dims.cols, Spread::PerColumn)));
    if table.len() > MAX_OPERANDS {
        let count = table.len();
        return Err(CudaError::Operands {
            count,
            limit: MAX_OPERANDS,
        }
        .into());
    }
    Ok(table)
}

fn absent(what: &str, len: usize) -> Error {
    Error::shape(
        format!("the operand {what}"),
        format!("at least {len}"),
        "no buffer",
    )
}
