//! A batch through a layer, composed from the primitives: the definition that fused passes must meet.

use super::{
    Backend, Dims, Gemm, Operand, PassInput, PatchMatrix, PoolBatch, Responses, Slot, Sums, Workspace,
};
use crate::error::Result;
use crate::formula::Formula;
use crate::plan::Output;
use crate::rule::{Decay, Lowering, Statistic, y};

pub(super) fn respond<B: Backend>(
    backend: &B,
    input: PassInput<'_, B>,
    u: &mut B::Buffer,
    y: &mut B::Buffer,
    workspace: &mut Workspace<B>,
) -> Result<()> {
    let PassInput { plan, operands, .. } = input;
    let (dims, patches_dims) = (input.responses(), input.patches());
    let mut patches = workspace.take(backend, Slot::Patches, patches_dims.len())?;
    backend.im2col(
        &PatchMatrix::new(plan.geometry, input.images),
        input.values,
        &mut patches,
    )?;
    let weights_dims = Dims::new(dims.cols, patches_dims.cols);
    // U (P×N) = X (P×K) · Wᵀ (K×N)
    let product = Gemm::new(dims.rows, dims.cols, patches_dims.cols).transpose_b();
    match plan.similarity.weight() {
        None => backend.gemm(product, &patches, operands.weights, u)?,
        Some(formula) => {
            let mut weights = workspace.take(backend, Slot::Weights, weights_dims.len())?;
            let own = [Operand::elements(operands.weights)];
            backend.map(&formula, weights_dims, &own, &mut weights)?;
            backend.gemm(product, &patches, &weights, u)?;
            workspace.put(Slot::Weights, weights);
        }
    }

    let mut patch_norms = workspace.take(backend, Slot::PatchNorms, dims.rows)?;
    let mut unit_norms = workspace.take(backend, Slot::UnitNorms, dims.cols)?;
    if plan.similarity.needs_patch_norms() {
        backend.row_norms_squared(patches_dims, &patches, &mut patch_norms)?;
    }
    if plan.similarity.needs_unit_norms() {
        backend.row_norms_squared(weights_dims, operands.weights, &mut unit_norms)?;
    }
    backend.similarity(plan.similarity, dims, &patch_norms, &unit_norms, u)?;
    match operands.teacher {
        Some(teacher) if plan.lowering.clamped => {
            compete_clamped(backend, input, teacher, u, y, workspace)?;
        }
        _ => backend.compete(&plan.competition, dims, u, operands.thresholds, y)?,
    }
    workspace.put(Slot::Patches, patches);
    workspace.put(Slot::PatchNorms, patch_norms);
    workspace.put(Slot::UnitNorms, unit_norms);
    Ok(())
}

/// y where only the units compete that the teacher's signal is positive for.
fn compete_clamped<B: Backend>(
    backend: &B,
    input: PassInput<'_, B>,
    teacher: &B::Buffer,
    u: &B::Buffer,
    y: &mut B::Buffer,
    workspace: &mut Workspace<B>,
) -> Result<()> {
    let (PassInput { plan, operands, .. }, dims) = (input, input.responses());
    let mut scores = workspace.take(backend, Slot::Factor, dims.len())?;
    let t = Operand::shared_rows(teacher, plan.geometry.positions());
    let clamped = Formula::of(|[u, t]| u - (Formula::from(1.0) - t.positive()) * Lowering::SILENT);
    backend.map(&clamped, dims, &[Operand::elements(u), t], &mut scores)?;
    backend.compete(&plan.competition, dims, &scores, operands.thresholds, y)?;
    workspace.put(Slot::Factor, scores);
    let active = Formula::of(|[y, t]| t.positive() * y);
    backend.update(&active, dims, &[t], y)
}

/// [`Backend::pass`] composed from the primitives: for backends whose fused pass does not cover every plan.
///
/// # Errors
/// Those of the primitives, and [`crate::Error::Shape`] for a teacher that is missing.
pub fn composed_pass<B: Backend>(
    backend: &B,
    input: PassInput<'_, B>,
    sums: Option<&mut Sums<B>>,
    output: Option<&mut B::Buffer>,
    workspace: &mut Workspace<B>,
) -> Result<()> {
    let dims = input.responses();
    if sums.is_some() && input.plan.lowering.needs_teacher() && input.operands.teacher.is_none() {
        return Err(input.no_teacher());
    }
    let mut u = workspace.take(backend, Slot::Similarity, dims.len())?;
    let mut y = workspace.take(backend, Slot::Activity, dims.len())?;
    backend.respond(input, &mut u, &mut y, workspace)?;
    let made = Responses {
        similarity: &u,
        activity: &y,
    };
    if let Some(sums) = sums {
        backend.accumulate(input, made, sums, workspace)?;
    }
    if let Some(output) = output {
        emit(backend, input, made, output, workspace)?;
    }
    workspace.put(Slot::Similarity, u);
    workspace.put(Slot::Activity, y);
    Ok(())
}

/// The update's sums from u, y and the patches that `respond` left behind.
pub(super) fn accumulate<B: Backend>(
    backend: &B,
    input: PassInput<'_, B>,
    made: Responses<'_, B>,
    sums: &mut Sums<B>,
    workspace: &mut Workspace<B>,
) -> Result<()> {
    let (lowering, dims, patches_dims) = (&input.plan.lowering, input.responses(), input.patches());
    let mut states = workspace.take(backend, Slot::States, lowering.states.len() * dims.cols)?;
    batch_states(backend, input, made, &mut states, sums, workspace)?;

    let operands = made.operands(input, &states)?;
    let patches = workspace.take(backend, Slot::Patches, patches_dims.len())?;
    decay_sums(backend, input, &operands, &patches, sums, workspace)?;
    let mut factor = workspace.take(backend, Slot::Factor, dims.len())?;
    backend.map(&lowering.weight, dims, &operands, &mut factor)?;
    backend.column_sums(dims, &factor, &mut sums.weight)?;
    backend.map(&y().positive(), dims, &operands, &mut factor)?;
    backend.column_sums(dims, &factor, &mut sums.active)?;
    // Aᵀ X (N×K) = Aᵀ (N×P) · X (P×K)
    backend.map(&lowering.factor, dims, &operands, &mut factor)?;
    let product = Gemm::new(dims.cols, patches_dims.cols, dims.rows).transpose_a();
    backend.gemm(product, &factor, &patches, &mut sums.hebb)?;
    sums.patches = dims.rows;
    workspace.put(Slot::Patches, patches);
    workspace.put(Slot::Factor, factor);
    workspace.put(Slot::States, states);
    Ok(())
}

/// The sums that the decay C is made of.
fn decay_sums<B: Backend>(
    backend: &B,
    input: PassInput<'_, B>,
    operands: &[Operand<'_, B>],
    patches: &B::Buffer,
    sums: &mut Sums<B>,
    workspace: &mut Workspace<B>,
) -> Result<()> {
    let dims = input.responses();
    let mut factor = workspace.take(backend, Slot::Factor, dims.len())?;
    match &input.plan.lowering.decay {
        Decay::None => {}
        Decay::Diagonal(formula) => {
            backend.map(formula, dims, operands, &mut factor)?;
            backend.column_sums(dims, &factor, &mut sums.decay)?;
        }
        // C (N×N) = Rᵀ (N×P) · C (P×N)
        Decay::Outer(outer) => {
            let mut columns = workspace.take(backend, Slot::Columns, dims.len())?;
            backend.map(&outer.rows, dims, operands, &mut factor)?;
            backend.map(&outer.columns, dims, operands, &mut columns)?;
            let product = Gemm::new(dims.cols, dims.cols, dims.rows).transpose_a();
            backend.gemm(product, &factor, &columns, &mut sums.decay)?;
            workspace.put(Slot::Columns, columns);
        }
        Decay::Input => backend.column_sums(input.patches(), patches, &mut sums.decay)?,
    }
    workspace.put(Slot::Factor, factor);
    Ok(())
}

/// Sums every state's formula, and sets `states` to what this batch sees: the mean of the batch or the former value.
fn batch_states<B: Backend>(
    backend: &B,
    input: PassInput<'_, B>,
    made: Responses<'_, B>,
    states: &mut B::Buffer,
    sums: &mut Sums<B>,
    workspace: &mut Workspace<B>,
) -> Result<()> {
    let (declared, dims) = (&input.plan.lowering.states, input.responses());
    if declared.is_empty() {
        return Ok(());
    }
    let mut seen = vec![0.0; declared.len() * dims.cols];
    if let Some(former) = input.operands.states {
        backend.download(former, &mut seen)?;
    }
    let mut all = vec![0.0; seen.len()];
    let mut values = workspace.take(backend, Slot::Factor, dims.len())?;
    let operands = made.operands(input, states)?;
    for (index, state) in declared.iter().enumerate() {
        backend.map(&state.of, dims, &operands, &mut values)?;
        backend.column_sums(dims, &values, &mut sums.states)?;
        let span = index * dims.cols..(index + 1) * dims.cols;
        backend.download(&sums.states, &mut all[span.clone()])?;
        if state.statistic == Statistic::Batch {
            let mean = |sum: &f32| sum / dims.rows.max(1) as f32;
            let means = all[span.clone()].iter().map(mean);
            seen[span]
                .iter_mut()
                .zip(means)
                .for_each(|(seen, mean)| *seen = mean);
        }
    }
    workspace.put(Slot::Factor, values);
    backend.upload(&all, &mut sums.states)?;
    backend.upload(&seen, states)
}

/// The layer's output, pooled.
fn emit<B: Backend>(
    backend: &B,
    input: PassInput<'_, B>,
    made: Responses<'_, B>,
    output: &mut B::Buffer,
    workspace: &mut Workspace<B>,
) -> Result<()> {
    let (PassInput { plan, operands, .. }, dims) = (input, input.responses());
    let (u, y) = (made.similarity, made.activity);
    let mut scratch = workspace.take(backend, Slot::Factor, dims.len())?;
    let u = match plan.similarity.cosine() {
        Some(cosine) if plan.output == Output::ClippedCosine => {
            backend.map(&cosine, dims, &[Operand::elements(u)], &mut scratch)?;
            &scratch
        }
        _ => u,
    };
    let Some(pool) = &plan.pool else {
        backend.activate(&plan.output, dims, u, operands.thresholds, y, output)?;
        workspace.put(Slot::Factor, scratch);
        return Ok(());
    };
    let mut unpooled = workspace.take(backend, Slot::Output, dims.len())?;
    backend.activate(&plan.output, dims, u, operands.thresholds, y, &mut unpooled)?;
    workspace.put(Slot::Factor, scratch);
    let pooling = PoolBatch::new(*pool, input.images, plan.geometry.output(plan.units))?;
    backend.pool(&pooling, &unpooled, output)?;
    workspace.put(Slot::Output, unpooled);
    Ok(())
}
