//! Column reductions: sums, moments, products, and batch norm with its gradients.

use hebb_core::Result;
use hebb_core::backend::{ColumnNorm, Dims, NORM_EPSILON, NormGradients, Operand};
use hebb_core::formula::Formula;

use super::formulas::FormulaInput;
use super::handle::CudaBackend;
use crate::buffer::CudaBuffer;
use crate::driver::{LaunchConfig, arguments};
use crate::kernel::Kernel;
use crate::shapes::{Chunks, size};

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
    let mut partials = backend.partials(chunks.count as usize * dims.cols)?;
    let (rows, cols) = (size("x", dims.rows)?, size("a row", dims.cols)?);
    let shape = LaunchConfig::blocks(cols.div_ceil(32), chunks.count);
    let arguments = arguments![rows, cols, chunks.rows, x, &mut *partials];
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
    let arguments = arguments![chunks.count, cols, share, partials, out];
    backend.launch(
        Kernel::ColumnSumsOfPartials,
        LaunchConfig::elements(cols),
        &arguments,
    )
}

/// Sums of a formula over rows, times `share`, without storing its values.
fn sums_of(input: FormulaInput<'_>, formula: &Formula, share: f32, out: &mut CudaBuffer) -> Result<()> {
    let (chunks, partials) = input.statistics(&[formula], None)?;
    of_partials(input.backend, chunks, input.dims.cols, share, &partials, out)
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
    let operands = [Operand::elements(x), Operand::columns(mean)];
    let squared = Formula::of(|[x, mean]| (x.clone() - mean.clone()) * (x - mean));
    let input = FormulaInput::new(backend, dims, &operands);
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
    let operands = [
        Operand::elements(x),
        Operand::elements(y),
        Operand::columns(centre),
    ];
    sums_of(FormulaInput::new(backend, dims, &operands), &product(), 1.0, out)
}

pub(super) fn batch_norm(
    backend: &CudaBackend,
    dims: Dims,
    x: &CudaBuffer,
    norm: ColumnNorm<'_, CudaBackend>,
    y: &mut CudaBuffer,
) -> Result<()> {
    let (len, cols) = (size("x", dims.len())?, size("a row", dims.cols)?);
    let (x, y) = (x.need("x", dims.len())?, y.need_mut("y", dims.len())?);
    let mean = norm.mean.need("mean", dims.cols)?;
    let variance = norm.variance.need("variance", dims.cols)?;
    let scale = norm.scale.need("scale", dims.cols)?;
    let shift = norm.shift.need("shift", dims.cols)?;
    let arguments = arguments![len, cols, NORM_EPSILON, x, mean, variance, scale, shift, y];
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
        output: grad_output,
        scale,
        shift,
        input,
    } = gradients;
    affine_gradients(backend, dims, x, grad_output, &norm, [&mut *scale, &mut *shift])?;
    let Some(grad_input) = input else {
        return Ok(());
    };
    let (len, cols) = (size("x", dims.len())?, size("a row", dims.cols)?);
    let share = if norm.own_moments {
        1.0 / dims.rows.max(1) as f32
    } else {
        0.0
    };
    let arguments = arguments![
        len,
        cols,
        NORM_EPSILON,
        share,
        x.need("x", dims.len())?,
        grad_output.need("grad_output", dims.len())?,
        norm.mean.need("mean", dims.cols)?,
        norm.variance.need("variance", dims.cols)?,
        norm.scale.need("scale", dims.cols)?,
        &*scale,
        &*shift,
        grad_input.need_mut("grad_input", dims.len())?
    ];
    backend.launch(Kernel::BatchNormBackward, LaunchConfig::elements(len), &arguments)
}

/// The gradients of γ and β, from one reading of x and grad_output.
fn affine_gradients(
    backend: &CudaBackend,
    dims: Dims,
    x: &CudaBuffer,
    grad_output: &CudaBuffer,
    norm: &ColumnNorm<'_, CudaBackend>,
    [scale, shift]: [&mut CudaBuffer; 2],
) -> Result<()> {
    let operands = [
        Operand::elements(grad_output),
        Operand::elements(x),
        Operand::columns(norm.mean),
    ];
    let input = FormulaInput::new(backend, dims, &operands);
    let (chunks, partials) = input.statistics(&[&Formula::Operand(0), &product()], None)?;
    let (count, cols) = (chunks.count, size("a row", dims.cols)?);
    let variance = norm.variance.need("variance", dims.cols)?;
    let scale = scale.need_mut("scale", dims.cols)?;
    let shift = shift.need_mut("shift", dims.cols)?;
    let arguments = arguments![count, cols, NORM_EPSILON, &*partials, variance, scale, shift];
    backend.launch(Kernel::BatchNormTotals, LaunchConfig::elements(cols), &arguments)
}
