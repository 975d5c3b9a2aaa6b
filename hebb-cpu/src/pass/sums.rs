//! Sums over the patches of a part of a batch, one value for each unit, and their reduction in a fixed order.

use super::CheckedInput;
use super::formula::{UnitFormulas, UnitResponse};
use crate::device::CpuBackend;
use crate::memory::{cleared, prefix_mut};
use crate::primitives::sums::add;
use hebb_core::Result;
use hebb_core::backend::{LayerPlan, Sums};
use hebb_core::rule::Decay;

/// The sums of one part of a batch.
#[derive(Debug, Default)]
pub(crate) struct UnitSums {
    /// Σ of the decay's formula, N values.
    pub(crate) decay: Vec<f32>,
    /// Σ of the weight's formula, N values.
    pub(crate) weight: Vec<f32>,
    /// Patches with y > 0, N values.
    pub(crate) active: Vec<f32>,
    /// Σ of each state's formula, one row of N for each state.
    pub(crate) states: Vec<f32>,
}

impl UnitSums {
    /// Sets all sums to zero.
    pub(crate) fn clear(&mut self, plan: &LayerPlan) -> Result<()> {
        cleared(&mut self.decay, plan.units)?;
        cleared(&mut self.weight, plan.units)?;
        cleared(&mut self.active, plan.units)?;
        cleared(&mut self.states, plan.lowering.states.len() * plan.units)
    }

    /// Adds the response of a winner.
    #[inline(always)]
    pub(crate) fn add_winner(&mut self, formulas: UnitFormulas<'_>, response: UnitResponse) {
        let UnitResponse { unit, activity, .. } = response;
        self.weight[unit] += activity.abs();
        self.active[unit] += f32::from(u8::from(activity > 0.0));
        if let Decay::Diagonal(expr) = &formulas.rule.decay {
            self.decay[unit] += formulas.value(expr, response);
        }
        for (index, state) in formulas.rule.states.iter().enumerate() {
            self.states[index * formulas.units + unit] += formulas.value(&state.of, response);
        }
    }
}

/// Adds up what the parts of a batch sum for each unit, in their order.
///
/// With `continues` the sums hold former parts of the batch already.
pub(crate) fn reduce<'s>(
    input: &CheckedInput<'_>,
    parts: impl Iterator<Item = &'s UnitSums> + Clone,
    continues: bool,
    sums: &mut Sums<CpuBackend>,
) -> Result<()> {
    let plan = input.plan;
    let (units, states) = (plan.units, plan.lowering.states.len() * plan.units);
    let decays = match plan.lowering.decay {
        Decay::None => 0,
        _ => units,
    };
    let of: [fn(&UnitSums) -> &[f32]; 4] = [
        |part| &part.decay,
        |part| &part.weight,
        |part| &part.active,
        |part| &part.states,
    ];
    let totals = [
        ("the decay sums of a pass", &mut sums.decay, decays),
        ("the weight sums of a pass", &mut sums.weight, units),
        ("the counts of a pass", &mut sums.active, units),
        ("the state sums of a pass", &mut sums.states, states),
    ];
    for ((name, total, len), of) in totals.into_iter().zip(of) {
        let total = prefix_mut(name, total, len)?;
        if !continues {
            total.fill(0.0);
        }
        for part in parts.clone() {
            add(total, of(part));
        }
    }
    sums.patches = plan.patches(input.images);
    Ok(())
}
