//! The checks of one pass and step against the oracle.

use super::PassCase;
use super::device::DeviceCase;
use super::step::check_step;
use crate::backend::{Backend, Workspace};
use crate::testing::{compare, oracle};

/// Checks a pass and a step against the oracle.
pub(in crate::testing) fn check<B: Backend>(
    backend: &B,
    case: &PassCase,
    workspace: &mut Workspace<B>,
) -> Result<(), String> {
    let failed = |error: crate::Error| format!("the call failed: {error}");
    case.plan.check().map_err(failed)?;
    let expected = oracle::pass(&case.plan, &case.batch).map_err(failed)?;
    let device = DeviceCase::new(backend, case).map_err(failed)?;

    let found = device.pass(workspace, true, true).map_err(failed)?;
    found.compare(case, &expected)?;
    let again = device.pass(workspace, true, true).map_err(failed)?;
    if found.bits() != again.bits() {
        return Err("two equal passes gave different bits".to_owned());
    }
    let alone = device.pass(workspace, true, false).map_err(failed)?;
    alone.compare(case, &expected)?;
    let alone = device.pass(workspace, false, true).map_err(failed)?;
    alone.compare(case, &expected)?;

    let (u, y) = device.respond(workspace).map_err(failed)?;
    compare("u", &expected.similarity, &u)?;
    compare("y", &expected.activity, &y)?;
    if case.plan.lowering.needs_teacher() && device.without_teacher(workspace) {
        return Err("a pass that needs a teacher was made without one".to_owned());
    }
    check_step(&device, workspace, &found)
}
