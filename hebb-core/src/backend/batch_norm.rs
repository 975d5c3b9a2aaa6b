//! Batch norm with its gradients, composed from the primitives.

use super::{Backend, Dims, Operand, Slot, Workspace};
use crate::error::Result;
use crate::formula::Formula;

/// ε, which batch norm adds to the variance of a column.
pub const NORM_EPSILON: f32 = 1e-5;

/// Operands of [`Backend::batch_norm`], y = (x − mean)·γ/√(variance + ε) + β: one value of each for every column.
#[derive(Debug)]
pub struct ColumnNorm<'a, B: Backend> {
    /// The mean.
    pub mean: &'a B::Buffer,
    /// The variance, not negative.
    pub variance: &'a B::Buffer,
    /// γ.
    pub scale: &'a B::Buffer,
    /// β.
    pub shift: &'a B::Buffer,
    /// Mean and variance are those of x itself, so that they change with it.
    pub own_moments: bool,
}

/// Gradients from [`Backend::batch_norm_backward`].
#[derive(Debug)]
pub struct NormGradients<'a, B: Backend> {
    /// ∂L/∂y, rows×cols.
    pub output: &'a B::Buffer,
    /// ∂L/∂γ, one value for each column.
    pub scale: &'a mut B::Buffer,
    /// ∂L/∂β, one value for each column.
    pub shift: &'a mut B::Buffer,
    /// ∂L/∂x, rows×cols.
    pub input: Option<&'a mut B::Buffer>,
}

/// 1/√(v + ε) of a variance v.
fn inverse_deviation(variance: Formula) -> Formula {
    (variance + NORM_EPSILON).sqrt().recip()
}

/// γ/√(variance + ε), in [`Slot::Units`].
fn gain<B: Backend>(
    backend: &B,
    cols: usize,
    norm: &ColumnNorm<'_, B>,
    workspace: &mut Workspace<B>,
) -> Result<B::Buffer> {
    let mut gain = workspace.take(backend, Slot::Units, cols)?;
    let formula = Formula::of(|[scale, variance]| scale * inverse_deviation(variance));
    let operands = [norm.scale, norm.variance].map(Operand::elements);
    backend.map(&formula, Dims::new(1, cols), &operands, &mut gain)?;
    Ok(gain)
}

pub(super) fn forward<B: Backend>(
    backend: &B,
    dims: Dims,
    x: &B::Buffer,
    norm: ColumnNorm<'_, B>,
    y: &mut B::Buffer,
    workspace: &mut Workspace<B>,
) -> Result<()> {
    let gain = gain(backend, dims.cols, &norm, workspace)?;
    let normalized = Formula::of(|[x, mean, gain, shift]| (x - mean) * gain + shift);
    let [mean, spread, shift] = [norm.mean, &gain, norm.shift].map(Operand::columns);
    backend.map(&normalized, dims, &[Operand::elements(x), mean, spread, shift], y)?;
    workspace.put(Slot::Units, gain);
    Ok(())
}

/// ∂L/∂x = γ/σ·(g − mean g − (x − mean)·mean(g·x̂)/σ); the means of g vanish where the moments were not those of x.
pub(super) fn backward<B: Backend>(
    backend: &B,
    dims: Dims,
    x: &B::Buffer,
    norm: ColumnNorm<'_, B>,
    gradients: NormGradients<'_, B>,
    workspace: &mut Workspace<B>,
) -> Result<()> {
    let NormGradients {
        output,
        scale,
        shift,
        input,
    } = gradients;
    let (columns, variance) = (Dims::new(1, dims.cols), Operand::elements(norm.variance));
    backend.column_sums(dims, output, shift)?;
    backend.column_products(dims, output, x, norm.mean, scale)?;
    let by_deviation = Formula::of(|[value, variance]| value * inverse_deviation(variance));
    backend.update(&by_deviation, columns, &[variance], scale)?;
    let Some(grad_input) = input else {
        return Ok(());
    };
    let share = if norm.own_moments {
        1.0 / dims.rows.max(1) as f32
    } else {
        0.0
    };
    let gain = gain(backend, dims.cols, &norm, workspace)?;
    let mut level = workspace.take(backend, Slot::UnitNorms, dims.cols)?;
    let mut slope = workspace.take(backend, Slot::Columns, dims.cols)?;
    let mean = Formula::of(|[sum]| sum * share);
    backend.map(&mean, columns, &[Operand::elements(shift)], &mut level)?;
    let mean = Formula::of(|[value, variance]| value * inverse_deviation(variance) * share);
    backend.map(&mean, columns, &[Operand::elements(scale), variance], &mut slope)?;
    let gradient = Formula::of(|[g, x, gain, level, mean, slope]| (g - level - (x - mean) * slope) * gain);
    let [g, x] = [output, x].map(Operand::elements);
    let [spread, level_of, mean, slope_of] = [&gain, &level, norm.mean, &slope].map(Operand::columns);
    backend.map(
        &gradient,
        dims,
        &[g, x, spread, level_of, mean, slope_of],
        grad_input,
    )?;
    workspace.put(Slot::Units, gain);
    workspace.put(Slot::UnitNorms, level);
    workspace.put(Slot::Columns, slope);
    Ok(())
}
