//! Batch norm with its gradients, composed from the primitives; what each column needs is made on the host.

use super::{Backend, Dims, Slot, Variables, Workspace, buffer_of, host_of};
use crate::error::Result;
use crate::formula::{Formula, Unary};

/// ε, which batch norm adds to the variance of a column.
pub const NORM_EPSILON: f32 = 1e-5;

/// What [`Backend::batch_norm`] does to columns: y = (x − mean)·γ/√(variance + ε) + β. One value of each for every column.
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

/// What [`Backend::batch_norm_backward`] gives.
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

pub(super) fn forward<B: Backend>(
    backend: &B,
    dims: Dims,
    x: &B::Buffer,
    norm: ColumnNorm<'_, B>,
    y: &mut B::Buffer,
) -> Result<()> {
    let [mean, gain, shift] =
        [norm.mean, norm.scale, norm.shift].map(|values| host_of(backend, values, dims.cols));
    let gain = by_deviation(backend, dims.cols, norm.variance, &gain?)?;
    let states = buffer_of(backend, &[mean?, gain, shift?].concat())?;
    let variables = Variables {
        activity: Some(x),
        states: Some(&states),
        ..Default::default()
    };
    let normalized = (Formula::Activity - Formula::State(0)) * Formula::State(1) + Formula::State(2);
    backend.map(&normalized, dims, variables, y)
}

pub(super) fn backward<B: Backend>(
    backend: &B,
    dims: Dims,
    x: &B::Buffer,
    norm: ColumnNorm<'_, B>,
    gradients: NormGradients<'_, B>,
    workspace: &mut Workspace<B>,
) -> Result<()> {
    let NormGradients {
        output: upstream,
        scale,
        shift,
        input,
    } = gradients;
    backend.column_sums(dims, upstream, shift)?;
    let mut sums = workspace.take(backend, Slot::UnitNorms, dims.cols)?;
    backend.column_products(dims, upstream, x, norm.mean, &mut sums, workspace)?;
    let slopes = by_deviation(
        backend,
        dims.cols,
        norm.variance,
        &host_of(backend, &sums, dims.cols)?,
    )?;
    workspace.put(Slot::UnitNorms, sums);
    backend.upload(&slopes, scale)?;
    let Some(downstream) = input else {
        return Ok(());
    };
    // ∂L/∂x = γ/σ·(g − mean g − (x − mean)·mean(g·x̂)/σ); the means of g vanish where the moments were not those of x.
    let share = if norm.own_moments {
        1.0 / dims.rows.max(1) as f32
    } else {
        0.0
    };
    let shared = |values: Vec<f32>| {
        values
            .into_iter()
            .map(|value| value * share)
            .collect::<Vec<f32>>()
    };
    let [mean, scale, shift] =
        [norm.mean, norm.scale, shift].map(|values| host_of(backend, values, dims.cols));
    let falls = by_deviation(backend, dims.cols, norm.variance, &slopes)?;
    let gain = by_deviation(backend, dims.cols, norm.variance, &scale?)?;
    let states = buffer_of(backend, &[gain, shared(shift?), mean?, shared(falls)].concat())?;
    let variables = Variables {
        activity: Some(upstream),
        similarity: Some(x),
        states: Some(&states),
        ..Default::default()
    };
    let along = (Formula::Similarity - Formula::State(2)) * Formula::State(3);
    let centred = Formula::Activity - Formula::State(1) - along;
    backend.map(&(centred * Formula::State(0)), dims, variables, downstream)
}

/// 1/√(v + ε) of a variance v.
pub(crate) fn inverse_deviation(variance: Formula) -> Formula {
    (variance + Formula::Constant(NORM_EPSILON))
        .apply(Unary::Sqrt)
        .apply(Unary::Recip)
}

/// Values of columns divided by √(variance + ε).
fn by_deviation<B: Backend>(
    backend: &B,
    cols: usize,
    variance: &B::Buffer,
    values: &[f32],
) -> Result<Vec<f32>> {
    let variance = host_of(backend, variance, cols)?;
    let inverse = |variance: f32| (variance + NORM_EPSILON).sqrt().recip();
    let divided = values
        .iter()
        .zip(variance)
        .map(|(value, variance)| value * inverse(variance));
    Ok(divided.collect())
}
