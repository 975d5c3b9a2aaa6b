//! Graded competition: every unit learns from every patch.

use super::RowsPass;
use super::block::{RowLearner, RowResponse};
use crate::gemm::MR;
use crate::pass::sums::UnitSums;
use crate::primitives::compete::activity;
use crate::primitives::map::{RuleOperands, map_row};
use crate::primitives::sums::add;
use hebb_core::backend::LayerPlan;
use hebb_core::rule::{ACTIVITY, Binary, Decay, Formula, Unary, u, y};

/// The learner of a layer of graded competition.
#[derive(Debug)]
pub(super) struct GradedLearner<'a> {
    pub(super) sums: &'a mut UnitSums,
    /// A formula's values for one patch, N.
    pub(super) values: &'a mut [f32],
    /// A: blocks of MR units, each a row of one value a unit for each patch.
    pub(super) factors: &'a mut [f32],
    /// Patches of a block of factors.
    pub(super) rows: usize,
}

impl RowLearner for GradedLearner<'_> {
    #[inline(always)]
    fn compete(&mut self, plan: &LayerPlan, y: &mut [f32]) {
        activity(&plan.competition, y);
    }

    #[inline(always)]
    fn learn(&mut self, pass: &RowsPass<'_>, row: usize, response: RowResponse<'_>) {
        let rule = &pass.input.plan.lowering;
        let operands = RuleOperands {
            activity: response.activity,
            similarity: response.similarity,
            teacher: (response.teacher, 1),
            states: pass.input.states,
        };
        for (active, y) in self.sums.active.iter_mut().zip(operands.activity) {
            *active += f32::from(u8::from(*y > 0.0));
        }
        formula(&rule.weight, operands, self.values);
        add(&mut self.sums.weight, self.values);
        if let Decay::Diagonal(expr) = &rule.decay {
            formula(expr, operands, self.values);
            add(&mut self.sums.decay, self.values);
        }
        let sums = self.sums.states.chunks_exact_mut(self.values.len());
        for (state, sums) in rule.states.iter().zip(sums) {
            formula(&state.of, operands, self.values);
            add(sums, self.values);
        }
        formula(&rule.factor, operands, self.values);
        self.store(row);
    }
}

impl GradedLearner<'_> {
    /// Takes a patch's factors to their places.
    #[inline(always)]
    fn store(&mut self, row: usize) {
        let blocks = self.factors.chunks_exact_mut(self.rows * MR);
        for (values, block) in self.values.chunks(MR).zip(blocks) {
            let place = &mut block[row * MR..][..MR];
            place[..values.len()].copy_from_slice(values);
            place[values.len()..].fill(0.0);
        }
    }
}

/// The value of a formula for every unit.
#[inline(always)]
fn formula(formula: &Formula, operands: RuleOperands<'_>, out: &mut [f32]) {
    match formula {
        Formula::Operand(ACTIVITY) => out.copy_from_slice(operands.activity),
        Formula::Unary(Unary::Abs, a) if **a == y() => out
            .iter_mut()
            .zip(operands.activity)
            .for_each(|(out, y)| *out = y.abs()),
        // y·u, the decay of most rules whose norms tend to one.
        Formula::Binary(Binary::Mul, a, b) if **a == y() && **b == u() => out
            .iter_mut()
            .zip(operands.activity.iter().zip(operands.similarity))
            .for_each(|(out, (y, u))| *out = y * u),
        _ => map_row(formula, out.len(), operands, out),
    }
}
