//! Formulas evaluated for every patch and unit, and their column sums.

use hebb_core::backend::{Dims, Variables};
use hebb_core::rule::Expr;
use hebb_core::{Error, Result};

use super::handle::CudaBackend;
use crate::buffer::CudaBuffer;
use crate::driver::{Argument, LaunchConfig};
use crate::formula::Program;
use crate::kernel::Kernel;
use crate::shapes::{Chunks, size};

use Argument::{Input, Output, Unsigned, Words};

pub(super) fn map(
    backend: &CudaBackend,
    expr: &Expr,
    dims: Dims,
    variables: Variables<'_, CudaBackend>,
    out: &mut CudaBuffer,
) -> Result<()> {
    let program = Program::new(expr)?;
    let bound = Bound::new(backend, &[expr], dims, variables)?;
    let out = out.need_mut("out", dims.len())?;
    let (len, cols) = (size("out", dims.len())?, size("a row", dims.cols)?);
    let [activity, similarity, teacher, rows_per_teacher, states] = bound.arguments();
    let arguments = [
        Unsigned(len),
        Unsigned(cols),
        Words(program.words()),
        activity,
        similarity,
        teacher,
        rows_per_teacher,
        states,
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
    let bound = Bound::new(backend, &formulas, dims, variables)?;
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
    let [activity, similarity, teacher, rows_per_teacher, states] = bound.arguments();
    size("y", dims.len())?;
    let cols = size("a row", dims.cols)?;
    let arguments = [
        Unsigned(size("y", dims.rows)?),
        Unsigned(cols),
        Unsigned(chunks.rows),
        Unsigned(size("the sums", program.sums())?),
        Words(program.words()),
        activity,
        similarity,
        teacher,
        rows_per_teacher,
        states,
        out,
        Output(partials),
    ];
    let shape = LaunchConfig::blocks(cols.div_ceil(32), chunks.count).with_shared(program.shared_bytes());
    backend.launch(Kernel::Statistics, shape, &arguments)?;
    Ok(chunks)
}

/// Operands of formulas. Operands that no formula names are not checked.
struct Bound<'a> {
    activity: &'a CudaBuffer,
    similarity: &'a CudaBuffer,
    teacher: &'a CudaBuffer,
    rows_per_teacher: u32,
    states: &'a CudaBuffer,
}

impl<'a> Bound<'a> {
    fn new(
        backend: &'a CudaBackend,
        formulas: &[&Expr],
        dims: Dims,
        variables: Variables<'a, CudaBackend>,
    ) -> Result<Self> {
        let named = |variable: Expr| formulas.iter().any(|expr| expr.any(&|part| *part == variable));
        let states = formulas.iter().map(|expr| expr.states()).max().unwrap_or(0);
        let operand = |what, named: bool, buffer: Option<&'a CudaBuffer>, len| match buffer {
            _ if !named => Ok(&backend.nothing),
            Some(buffer) => buffer.need(what, len),
            None => Err(absent(what, len)),
        };
        let per = variables.teacher.map_or(1, |(_, rows)| rows.max(1));
        let taught = dims.rows.div_ceil(per) * dims.cols;
        let teacher = variables.teacher.map(|(teacher, _)| teacher);
        Ok(Self {
            activity: operand("activity", named(Expr::Activity), variables.activity, dims.len())?,
            similarity: operand(
                "similarity",
                named(Expr::Similarity),
                variables.similarity,
                dims.len(),
            )?,
            teacher: operand("teacher", named(Expr::Teacher), teacher, taught)?,
            rows_per_teacher: size("the rows of a teacher", per)?,
            states: operand("states", states > 0, variables.states, states * dims.cols)?,
        })
    }

    fn arguments(&self) -> [Argument<'a>; 5] {
        [
            Input(self.activity),
            Input(self.similarity),
            Input(self.teacher),
            Unsigned(self.rows_per_teacher),
            Input(self.states),
        ]
    }
}

fn absent(what: &str, len: usize) -> Error {
    Error::shape(
        format!("the operand {what}"),
        format!("at least {len}"),
        "no buffer",
    )
}
