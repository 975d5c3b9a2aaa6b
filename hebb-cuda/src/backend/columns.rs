//! Column reductions: sums, moments, products, and batch norm with its gradients.

use std::sync::PoisonError;

use hebb_core::Result;
use hebb_core::backend::{ColumnNorm, Dims, NORM_EPSILON, NormGradients, Operand};
use hebb_core::formula::Formula;

use super::formulas::{FormulaInput, Statistics};
use super::handle::CudaBackend;
use crate::buffer::CudaBuffer;
use crate::driver::{Argument, LaunchConfig};
use crate::kernel::Kernel;
use crate::shapes::{Chunks, size};

use Argument::{Float, Input, Output, Unsigned};

pub(super) fn sums(backend: &CudaBackend, dims: Dims, x: &CudaBuffer, out: &mut CudaBuffer) -> Result<()> {
    scaled_sums(backend, dims, x, 1.0, out)
}

/// Sums over rows, times `share`.
fn scaled_sums(
    backend: &CudaBackend,
    dims: Dims,
    x: &CudaBuffer,
    share: f32,
    out: &mut CudaBuffer,
) -> Result<()> {
    let x = x.need("x", dims.len())?;
    size("x", dims.len())?;
    let chunks = Chunks::of(dims.rows)?;
    let mut partials = backend.partials.lock().unwrap_or_else(PoisonError::into_inner);
    backend.grow(&mut partials, chunks.count as usize * dims.cols)?;
    let (rows, cols) = (size("x", dims.rows)?, size("a row", dims.cols)?);
    let shape = LaunchConfig::blocks(cols.div_ceil(32), chunks.count);
    let arguments = [
        Unsigned(rows),
        Unsigned(cols),
        Unsigned(chunks.rows),
        Input(x),
        Output(&mut partials),
    ];
    backend.launch(Kernel::ColumnSumsOfChunks, shape, &arguments)?;
    of_partials(backend, chunks, dims.cols, share, &partials, out)
}

/// The second stage.
fn of_partials(
    backend: &CudaBackend,
    chunks: Chunks,
    cols: usize,
    share: f32,
    partials: &CudaBuffer,
    out: &mut CudaBuffer,
) -> Result<()> {
    let out = out.need_mut("out", cols)?;
    let cols = size("a row", cols)?;
    let arguments = [
        Unsigned(chunks.count),
        Unsigned(cols),
        Float(share),
        Input(partials),
        Output(out),
    ];
    backend.launch(
        Kernel::ColumnSumsOfPartials,
        LaunchConfig::elements(cols),
        &arguments,
    )
}

/// Sums of a formula over rows, times `share`, without storing its values.
fn sums_of(input: FormulaInput<'_>, formula: &Formula, share: f32, out: &mut CudaBuffer) -> Result<()> {
    let FormulaInput { backend, dims, .. } = input;
    let statistics = Statistics {
        sums: &[formula],
        stored: None,
    };
    let mut partials = backend.partials.lock().unwrap_or_else(PoisonError::into_inner);
    let chunks = input.statistics(statistics, &mut partials)?;
    of_partials(backend, chunks, dims.cols, share, &partials, out)
}

/// Two passes, so that a large mean costs no accuracy.
pub(super) fn moments(
    backend: &CudaBackend,
    dims: Dims,
    x: &CudaBuffer,
    mean: &mut CudaBuffer,
    variance: &mut CudaBuffer,
) -> Result<()> {
    let share = 1.0 / dims.rows.max(1) as f32;
    scaled_sums(backend, dims, x, share, mean)?;
    let input = FormulaInput {
        backend,
        dims,
        operands: &[Operand::elements(x), Operand::columns(mean)],
    };
    let squared = Formula::of(|[x, mean]| (x.clone() - mean.clone()) * (x - mean));
    sums_of(input, &squared, share, variance)
}

/// x·(y − centre), the formula of [`products`].
fn product() -> Formula {
    Formula::of(|[x, y, centre]| x * (y - centre))
}

pub(super) fn products(
    backend: &CudaBackend,
    dims: Dims,
    x: &CudaBuffer,
    y: &CudaBuffer,
    centre: &CudaBuffer,
    out: &mut CudaBuffer,
) -> Result<()> {
    let input = FormulaInput {
        backend,
        dims,
        operands: &[
            Operand::elements(x),
            Operand::elements(y),
            Operand::columns(centre),
        ],
    };
    sums_of(input, &product(), 1.0, out)
}

pub(super) fn batch_norm(
    backend: &CudaBackend,
    dims: Dims,
    x: &CudaBuffer,
    norm: ColumnNorm<'_, CudaBackend>,
    y: &mut CudaBuffer,
) -> Result<()> {
    let (len, cols) = (size("x", dims.len())?, size("a row", dims.cols)?);
    let arguments = [
        Unsigned(len),
        Unsigned(cols),
        Float(NORM_EPSILON),
        Input(x.need("x", dims.len())?),
        Input(norm.mean.need("mean", dims.cols)?),
        Input(norm.variance.need("variance", dims.cols)?),
        Input(norm.scale.need("scale", dims.cols)?),
        Input(norm.shift.need("shift", dims.cols)?),
        Output(y.need_mut("y", dims.len())?),
    ];
    backend.launch(Kernel::BatchNorm, LaunchConfig::elements(len), &arguments)
}

pub(super) fn batch_norm_backward(
    backend: &CudaBackend,
    dims: Dims,
    x: &CudaBuffer,
    norm: ColumnNorm<'_, CudaBackend>,
    gradients: NormGradients<'_, CudaBackend>,
) -> Result<()> {
    let NormGradients {
        output: upstream,
        scale,
        shift,
        input,
    } = gradients;
    affine_gradients(backend, dims, x, upstream, &norm, [&mut *scale, &mut *shift])?;
    let Some(downstream) = input else {
        return Ok(());
    };
    let (len, cols) = (size("x", dims.len())?, size("a row", dims.cols)?);
    let share = if norm.own_moments {
        1.0 / dims.rows.max(1) as f32
    } else {
        0.0
    };
    let arguments = [
        Unsigned(len),
        Unsigned(cols),
        Float(NORM_EPSILON),
        Float(share),
        Input(x.need("x", dims.len())?),
        Input(upstream.need("upstream", dims.len())?),
        Input(norm.mean.need("mean", dims.cols)?),
        Input(norm.variance.need("variance", dims.cols)?),
        Input(norm.scale.need("scale", dims.cols)?),
        Input(scale),
        Input(shift),
        Output(downstream.need_mut("downstream", dims.len())?),
    ];
    backend.launch(Kernel::BatchNormBackward, LaunchConfig::elements(len), &arguments)
}

/// The gradients of γ and β, from one reading of x and upstream.
fn affine_gradients(
    backend: &CudaBackend,
    dims: Dims,
    x: &CudaBuffer,
    upstream: &CudaBuffer,
    norm: &ColumnNorm<'_, CudaBackend>,
    [scale, shift]: [&mut CudaBuffer; 2],
) -> Result<()> {
    let operands = [
        Operand::elements(upstream),
        Operand::elements(x),
        Operand::columns(norm.mean),
    ];
    let input = FormulaInput {
        backend,
        dims,
        operands: &operands,
    };
    let statistics = Statistics {
        sums: &[&Formula::Operand(0), &product()],
        stored: None,
    };
    let mut partials = backend.partials.lock().unwrap_or_else(PoisonError::into_inner);
    let chunks = input.statistics(statistics, &mut partials)?;
    let cols = size("a row", dims.cols)?;
    let arguments = [
        Unsigned(chunks.count),
        Unsigned(cols),
        Float(NORM_EPSILON),
        Input(&partials),
        Input(norm.variance.need("variance", dims.cols)?),
        Output(scale.need_mut("scale", dims.cols)?),
        Output(shift.need_mut("shift", dims.cols)?),
    ];
    backend.launch(Kernel::BatchNormTotals, LaunchConfig::elements(cols), &arguments)
}
