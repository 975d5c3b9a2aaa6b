//! One value at a time.

use hebb_core::backend::{Dims, Variables};
use hebb_core::rule::Expr;
use hebb_core::{Error, Result};

use super::CudaBackend;
use crate::CudaBuffer;
use crate::driver::{Argument, Shape};
use crate::formula::Program;
use crate::kernel::Kernel;
use crate::shapes::size;

use Argument::{Input, Output, Unsigned, Words};

pub(super) fn multiply(
    backend: &CudaBackend,
    len: usize,
    factor: &CudaBuffer,
    x: &mut CudaBuffer,
) -> Result<()> {
    let (factor, x) = (factor.need("factor", len)?, x.need_mut("x", len)?);
    let len = size("x", len)?;
    backend.launch(
        Kernel::Multiply,
        Shape::elements(len),
        &[Unsigned(len), Input(factor), Output(x)],
    )
}

pub(super) fn scale_rows(
    backend: &CudaBackend,
    dims: Dims,
    scale: &CudaBuffer,
    x: &mut CudaBuffer,
) -> Result<()> {
    let (scale, x) = (scale.need("scale", dims.rows)?, x.need_mut("x", dims.len())?);
    let (len, cols) = (size("x", dims.len())?, size("a row", dims.cols)?);
    let arguments = [Unsigned(len), Unsigned(cols), Input(scale), Output(x)];
    backend.launch(Kernel::ScaleRows, Shape::elements(len), &arguments)
}

pub(super) fn add_scaled_rows(
    backend: &CudaBackend,
    dims: Dims,
    scale: &CudaBuffer,
    x: &CudaBuffer,
    y: &mut CudaBuffer,
) -> Result<()> {
    let (scale, x) = (scale.need("scale", dims.rows)?, x.need("x", dims.len())?);
    let y = y.need_mut("y", dims.len())?;
    let (len, cols) = (size("y", dims.len())?, size("a row", dims.cols)?);
    let arguments = [Unsigned(len), Unsigned(cols), Input(scale), Input(x), Output(y)];
    backend.launch(Kernel::AddScaledRows, Shape::elements(len), &arguments)
}

pub(super) fn lower_triangle(backend: &CudaBackend, side: usize, x: &mut CudaBuffer) -> Result<()> {
    let x = x.need_mut("x", side * side)?;
    let len = size("x", side * side)?;
    let arguments = [Unsigned(size("a row", side)?), Output(x)];
    backend.launch(Kernel::LowerTriangle, Shape::elements(len), &arguments)
}

pub(super) fn map(
    backend: &CudaBackend,
    expr: &Expr,
    dims: Dims,
    variables: Variables<'_, CudaBackend>,
    out: &mut CudaBuffer,
) -> Result<()> {
    let program = Program::new(expr)?;
    let named = |variable: Expr| expr.any(&|part| *part == variable);
    let nothing = &backend.nothing;
    let operand = |what, named: bool, buffer: Option<_>, len| {
        if named {
            some(what, buffer, len)
        } else {
            Ok(nothing)
        }
    };
    let activity = operand("activity", named(Expr::Activity), variables.activity, dims.len())?;
    let similarity = operand(
        "similarity",
        named(Expr::Similarity),
        variables.similarity,
        dims.len(),
    )?;
    let rows_per_teacher = variables.teacher.map_or(1, |(_, rows)| rows.max(1));
    let taught = dims.rows.div_ceil(rows_per_teacher) * dims.cols;
    let teacher = operand(
        "teacher",
        named(Expr::Teacher),
        variables.teacher.map(|(t, _)| t),
        taught,
    )?;
    let states = operand(
        "states",
        expr.states() > 0,
        variables.states,
        expr.states() * dims.cols,
    )?;
    let out = out.need_mut("out", dims.len())?;

    let (len, cols) = (size("out", dims.len())?, size("a row", dims.cols)?);
    let arguments = [
        Unsigned(len),
        Unsigned(cols),
        Words(program.words()),
        Input(activity),
        Input(similarity),
        Input(teacher),
        Unsigned(size("the rows of a teacher", rows_per_teacher)?),
        Input(states),
        Output(out),
    ];
    let shape = Shape::elements(len).with_shared(program.shared_bytes());
    backend.launch(Kernel::Formula, shape, &arguments)
}

/// An operand that the formula names and that therefore must be there.
fn some<'a>(what: &str, buffer: Option<&'a CudaBuffer>, len: usize) -> Result<&'a CudaBuffer> {
    match buffer {
        Some(buffer) => buffer.need(what, len),
        None => Err(Error::shape(
            format!("the operand {what}"),
            format!("at least {len}"),
            "no buffer",
        )),
    }
}
