//! Sums over a batch for the Hebbian update, from one reading of y and u.

use hebb_core::Result;
use hebb_core::backend::{Backend, Gemm, LayerPlan, PassInput, Responses, Slot, Sums, Workspace};
use hebb_core::formula::Formula;
use hebb_core::rule::{ACTIVITY, Decay, Outer, SIMILARITY, State, Statistic, y};

use super::formulas::FormulaInput;
use super::handle::CudaBackend;
use crate::buffer::CudaBuffer;
use crate::driver::{LaunchConfig, arguments};
use crate::error::CudaError;
use crate::kernel::Kernel;
use crate::shapes::size;

/// States that fit into the mask of `state_totals`.
const MAX_STATES: usize = u32::BITS as usize;

pub(super) fn accumulate(
    backend: &CudaBackend,
    input: PassInput<'_, CudaBackend>,
    made: Responses<'_, CudaBackend>,
    sums: &mut Sums<CudaBackend>,
    workspace: &mut Workspace<CudaBackend>,
) -> Result<()> {
    let PassInput { plan, operands, .. } = input;
    let (dims, patches_dims) = (input.responses(), input.patches());
    let (rows, units, patch_len) = (dims.rows, dims.cols, patches_dims.cols);
    let mut states = workspace.take(backend, Slot::States, plan.lowering.states.len() * units)?;
    // The formulas of states name no states.
    let stateless = made.operands(input, &backend.nothing)?;
    let formulas = FormulaInput::new(backend, dims, &stateless);
    let (declared, summed) = (&plan.lowering.states, &mut sums.states);
    batch_states(formulas, declared, operands.states, &mut states, summed)?;
    let with_states = made.operands(input, &states)?;
    let formulas = FormulaInput::new(backend, dims, &with_states);

    let patches = workspace.take(backend, Slot::Patches, rows * patch_len)?;
    let mut factor = workspace.take(backend, Slot::Factor, dims.len())?;
    match &plan.lowering.decay {
        Decay::None | Decay::Diagonal(_) => {}
        Decay::Outer(outer) => outer_sums(formulas, outer, &mut factor, sums, workspace)?,
        Decay::Input => backend.column_sums(patches_dims, &patches, &mut sums.decay)?,
    }
    let made = made_already(&plan.lowering.factor, made);
    let missing = made.is_none().then_some(&mut factor);
    update_sums(formulas, plan, missing, sums)?;
    // Aᵀ X (N×K) = Aᵀ (N×P) · X (P×K)
    let product = Gemm::new(units, patch_len, rows).transpose_a();
    backend.gemm(product, made.unwrap_or(&factor), &patches, &mut sums.hebb)?;
    sums.patches = rows;
    workspace.put(Slot::Patches, patches);
    workspace.put(Slot::Factor, factor);
    workspace.put(Slot::States, states);
    Ok(())
}

/// The matrix that a formula of one variable stands for.
fn made_already<'a>(formula: &Formula, made: Responses<'a, CudaBackend>) -> Option<&'a CudaBuffer> {
    match formula {
        Formula::Operand(ACTIVITY) => Some(made.activity),
        Formula::Operand(SIMILARITY) => Some(made.similarity),
        _ => None,
    }
}

/// The sums of weight, activity and a diagonal decay, and A in `factor` if it is given.
fn update_sums(
    input: FormulaInput<'_>,
    plan: &LayerPlan,
    factor: Option<&mut CudaBuffer>,
    sums: &mut Sums<CudaBackend>,
) -> Result<()> {
    let FormulaInput { backend, dims, .. } = input;
    let active = y().positive();
    let mut formulas = vec![&plan.lowering.weight, &active];
    if let Decay::Diagonal(decay) = &plan.lowering.decay {
        formulas.push(decay);
    }
    let stored = factor.map(|factor| (&plan.lowering.factor, factor));
    let (chunks, partials) = input.statistics(&formulas, stored)?;
    let len = size("the sums", formulas.len() * dims.cols)?;
    let decay = if formulas.len() > 2 { dims.cols } else { 0 };
    let arguments = arguments![
        chunks.count,
        len,
        size("a row", dims.cols)?,
        &*partials,
        sums.weight.need_mut("weight", dims.cols)?,
        sums.active.need_mut("active", dims.cols)?,
        sums.decay.need_mut("decay", decay)?
    ];
    backend.launch(Kernel::UpdateTotals, LaunchConfig::elements(len), &arguments)
}

/// The sums of the states' formulas, and in `seen` what this batch sees: the mean of the batch or the former value.
fn batch_states(
    input: FormulaInput<'_>,
    states: &[State],
    former: Option<&CudaBuffer>,
    seen: &mut CudaBuffer,
    sums: &mut CudaBuffer,
) -> Result<()> {
    if states.is_empty() {
        return Ok(());
    }
    let FormulaInput { backend, dims, .. } = input;
    let formulas: Vec<&Formula> = states.iter().map(|state| &state.of).collect();
    let from_batch = mask_of(states)?;
    let (chunks, partials) = input.statistics(&formulas, None)?;
    let values = states.len() * dims.cols;
    let (has_former, former) = match former {
        Some(former) => (1, former.need("states", values)?),
        None => (0, &backend.nothing),
    };
    let len = size("the states", values)?;
    let arguments = arguments![
        chunks.count,
        len,
        size("a row", dims.cols)?,
        size("y", dims.rows.max(1))?,
        from_batch,
        &*partials,
        has_former,
        former,
        sums.need_mut("sums of states", values)?,
        seen.need_mut("states", values)?
    ];
    backend.launch(Kernel::StateTotals, LaunchConfig::elements(len), &arguments)
}

/// A bit for each state that takes the mean of the batch.
fn mask_of(states: &[State]) -> Result<u32> {
    if states.len() > MAX_STATES {
        let (what, len) = ("the list of a rule's states", states.len());
        return Err(CudaError::TooLarge {
            what,
            len,
            limit: MAX_STATES,
        }
        .into());
    }
    let bits = states
        .iter()
        .map(|state| u32::from(state.statistic == Statistic::Batch));
    Ok(bits.enumerate().fold(0, |mask, (index, bit)| mask | bit << index))
}

/// C (N×N) = Rᵀ (N×P) · C (P×N).
fn outer_sums(
    input: FormulaInput<'_>,
    outer: &Outer,
    rows: &mut CudaBuffer,
    sums: &mut Sums<CudaBackend>,
    workspace: &mut Workspace<CudaBackend>,
) -> Result<()> {
    let FormulaInput { backend, dims, .. } = input;
    let mut columns = workspace.take(backend, Slot::Columns, dims.len())?;
    input.map(&outer.rows, rows)?;
    input.map(&outer.columns, &mut columns)?;
    let product = Gemm::new(dims.cols, dims.cols, dims.rows).transpose_a();
    backend.gemm(product, rows, &columns, &mut sums.decay)?;
    workspace.put(Slot::Columns, columns);
    Ok(())
}
