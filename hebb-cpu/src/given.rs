//! What a pass was given: every operand's length is checked once, for whichever path takes it.

use crate::CpuBackend;
use crate::memory::{optional, prefix};
use hebb_core::Result;
use hebb_core::backend::{LayerPlan, Operands};
use hebb_core::geometry::ImageShape;
use hebb_core::plan::{Mask, Output};

/// The operands of a pass over at least one image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'a> {
    pub(crate) plan: &'a LayerPlan,
    pub(crate) images: usize,
    pub(crate) input: &'a [f32],
    pub(crate) weights: &'a [f32],
    pub(crate) mask: Option<&'a Mask>,
    pub(crate) thresholds: Option<&'a [f32]>,
    /// The rule's states, one row of N for each.
    pub(crate) states: &'a [f32],
    /// t, images×N, or nothing.
    pub(crate) teacher: &'a [f32],
    /// The shape of an image's output.
    pub(crate) output: ImageShape,
    /// Whether sums of an update are asked for.
    pub(crate) learns: bool,
    /// Whether the teacher's signal says which units compete, and somebody asks who wins.
    pub(crate) clamped: bool,
}

impl<'a> Given<'a> {
    /// The operands, unless there is no image or a teacher is missing: that is left to the composed pass.
    pub(crate) fn of(
        plan: &'a LayerPlan,
        images: usize,
        input: &'a [f32],
        operands: Operands<'a, CpuBackend>,
        learns: bool,
    ) -> Result<Option<Self>> {
        let teacher_missing = learns && plan.lowering.needs_teacher() && operands.teacher.is_none();
        if images == 0 || teacher_missing {
            return Ok(None);
        }
        let (units, pixels) = (plan.units, plan.geometry.input().len());
        let states = plan.lowering.states.len() * units;
        let competes = learns || plan.output == Output::Competition;
        Ok(Some(Self {
            plan,
            images,
            input: prefix("the images of a pass", input, images * pixels)?,
            weights: prefix("the weights of a pass", operands.weights, plan.weights())?,
            mask: operands.mask,
            thresholds: optional("the thresholds of a pass", operands.thresholds, units)?,
            states: optional("the states of a pass", operands.states, states)?.unwrap_or_default(),
            teacher: optional("the teacher of a pass", operands.teacher, images * units)?.unwrap_or_default(),
            output: plan.output_shape()?,
            learns,
            clamped: plan.lowering.clamped && competes && operands.teacher.is_some(),
        }))
    }
}
