//! Statistics of columns, composed from the primitives.

use super::{Backend, Dims, Slot, Variables, Workspace};
use crate::error::Result;
use crate::formula::Formula;

/// Two passes, so that a large mean costs no accuracy.
pub(super) fn moments<B: Backend>(
    backend: &B,
    dims: Dims,
    x: &B::Buffer,
    mean: &mut B::Buffer,
    variance: &mut B::Buffer,
    workspace: &mut Workspace<B>,
) -> Result<()> {
    let mut sums = workspace.take(backend, Slot::Units, dims.cols)?;
    let mut gaps = workspace.take(backend, Slot::Factor, dims.len())?;
    backend.column_sums(dims, x, &mut sums)?;
    share(backend, dims, &sums, mean)?;
    let gap = Formula::Activity - Formula::State(0);
    let variables = Variables {
        activity: Some(x),
        states: Some(&*mean),
        ..Default::default()
    };
    backend.map(&(gap.clone() * gap), dims, variables, &mut gaps)?;
    backend.column_sums(dims, &gaps, &mut sums)?;
    share(backend, dims, &sums, variance)?;
    workspace.put(Slot::Units, sums);
    workspace.put(Slot::Factor, gaps);
    Ok(())
}

/// Sums over rows divided by the rows.
fn share<B: Backend>(backend: &B, dims: Dims, sums: &B::Buffer, mean: &mut B::Buffer) -> Result<()> {
    let share = Formula::Activity * Formula::Constant(1.0 / dims.rows.max(1) as f32);
    let variables = Variables {
        activity: Some(sums),
        ..Default::default()
    };
    backend.map(&share, Dims::new(1, dims.cols), variables, mean)
}

pub(super) fn products<B: Backend>(
    backend: &B,
    dims: Dims,
    [x, y, centre]: [&B::Buffer; 3],
    out: &mut B::Buffer,
    workspace: &mut Workspace<B>,
) -> Result<()> {
    let mut terms = workspace.take(backend, Slot::Factor, dims.len())?;
    let variables = Variables {
        activity: Some(x),
        similarity: Some(y),
        states: Some(centre),
        ..Default::default()
    };
    let term = Formula::Activity * (Formula::Similarity - Formula::State(0));
    backend.map(&term, dims, variables, &mut terms)?;
    backend.column_sums(dims, &terms, out)?;
    workspace.put(Slot::Factor, terms);
    Ok(())
}
