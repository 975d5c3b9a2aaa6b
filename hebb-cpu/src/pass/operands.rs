//! Checked operands of a pass. Lengths are validated once, before a path is chosen.

use super::formula::UnitFormulas;
use crate::device::CpuBackend;
use crate::memory::{optional, prefix};
use hebb_core::Result;
use hebb_core::backend::{LayerPlan, PassInput};
use hebb_core::geometry::ImageShape;
use hebb_core::plan::{Mask, Output};
use std::ops::Range;

/// The operands of a pass over at least one image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CheckedInput<'a> {
    pub(crate) plan: &'a LayerPlan,
    pub(crate) images: usize,
    /// The images (B, H, W, C).
    values: &'a [f32],
    /// W, N×K.
    pub(crate) weights: &'a [f32],
    pub(crate) mask: Option<&'a Mask>,
    /// b, N values.
    pub(crate) thresholds: Option<&'a [f32]>,
    /// The rule's states, one row of N for each.
    pub(crate) states: &'a [f32],
    /// t, images×N; empty without a teacher.
    teacher: &'a [f32],
    /// The shape of an image's output.
    pub(crate) output: ImageShape,
    /// The sums of an update are asked for.
    pub(crate) learns: bool,
    /// The teacher's signal selects the units that compete, and the winners matter.
    pub(crate) clamped: bool,
}

impl<'a> CheckedInput<'a> {
    /// Checks the operands. Returns `None` for an empty batch or a missing teacher, which are left to the composed pass.
    pub(crate) fn new(input: PassInput<'a, CpuBackend>, learns: bool) -> Result<Option<Self>> {
        let (plan, images, operands) = (input.plan, input.images, input.operands);
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
            values: prefix("the images of a pass", input.values, images * pixels)?,
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

    /// Returns true if the result depends on the competition.
    pub(crate) fn competes(&self) -> bool {
        self.learns || self.plan.output == Output::Competition
    }

    /// Winners of a position that the pass finds; 0 if the result does not depend on them.
    pub(crate) fn winners(&self) -> usize {
        self.plan
            .competition
            .winners()
            .filter(|_| self.competes())
            .unwrap_or(0)
    }

    /// Some images (H, W, C), one after the other.
    pub(crate) fn images(&self, images: Range<usize>) -> &'a [f32] {
        let len = self.plan.geometry.input().len();
        &self.values[images.start * len..images.end * len]
    }

    /// t of an image, N values; empty without a teacher.
    pub(crate) fn teacher(&self, image: usize) -> &'a [f32] {
        self.teacher
            .get(image * self.plan.units..(image + 1) * self.plan.units)
            .unwrap_or_default()
    }

    /// The rule's formulas for the patches of an image, whose teacher's signal is `teacher`.
    pub(crate) fn formulas(&self, teacher: &'a [f32]) -> UnitFormulas<'a> {
        UnitFormulas {
            rule: &self.plan.lowering,
            states: self.states,
            teacher,
            units: self.plan.units,
        }
    }

    /// Values of the sums over units that a part of the batch keeps: decay, weight, active and one for each state.
    pub(crate) fn unit_sums(&self) -> usize {
        (3 + self.plan.lowering.states.len()) * self.plan.units
    }
}
