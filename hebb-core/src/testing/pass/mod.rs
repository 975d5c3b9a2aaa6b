//! Cases of whole layers: a plan, a batch and the choices of a step.

mod check;
mod corpus;
mod device;
mod step;

pub(super) use check::check;
pub(super) use corpus::corpus;

use super::oracle::OracleBatch;
use crate::backend::LayerPlan;
use crate::plan::{Constraint, Mask, Reduction, UnitRate};
use std::fmt;

/// One batch through one layer.
#[derive(Clone, Debug)]
pub(super) struct PassCase {
    pub(super) name: String,
    pub(super) plan: LayerPlan,
    pub(super) batch: OracleBatch,
    pub(super) mask: Option<Mask>,
    pub(super) reduction: Reduction,
    pub(super) unit_rate: UnitRate,
    pub(super) constraint: Constraint,
}

impl fmt::Display for PassCase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = &self.plan;
        let window = plan.geometry.window();
        write!(
            f,
            "pass {}: {} images of {}, kernel {:?}, stride {:?}, {} units, {:?}, {:?}, {:?}, {:?}, {:?}, {:?}, {:?}{}",
            self.name,
            self.batch.images,
            plan.geometry.input(),
            window.kernel,
            window.stride,
            plan.units,
            plan.similarity,
            plan.competition,
            plan.output,
            plan.pool
                .map(|pool| (pool.kind, pool.size, pool.stride, pool.padding)),
            self.reduction,
            self.unit_rate,
            self.constraint,
            if self.mask.is_some() { ", pruned" } else { "" }
        )
    }
}
