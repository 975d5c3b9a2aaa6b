//! The step of a layer from the sums of a batch, and what follows the batch: thresholds and the rule's states.

use super::HebbLayer;
use super::weights::Weights;
use crate::backend::{Backend, Contraction, Dims, Learned, Operand, Step};
use crate::error::Result;
use crate::formula::Formula;

impl<B: Backend> HebbLayer<B> {
    /// The step from the sums of the last batch.
    pub(super) fn learn(&mut self, backend: &B) -> Result<()> {
        let step = Step {
            rate: self.checked.config.learning_rate.rate(self.updates),
            unit_rate: self.checked.setting.unit_rate,
            constraint: self.checked.setting.constraint,
        };
        let Weights {
            values, mask, delta, ..
        } = &mut self.weights;
        let contraction = Contraction {
            plan: &self.checked.plan,
            reduction: self.checked.setting.reduction,
            sums: &self.sums,
            mask: mask.as_ref().map(|(_, dense)| dense),
        };
        let learned = Learned {
            weights: values,
            delta,
        };
        backend.learn(contraction, &step, learned, &mut self.workspace)?;
        self.updates += 1;
        self.follow_states(backend)
    }

    /// b ← b + rate·(active/P − target).
    pub(super) fn adapt_thresholds(&mut self, backend: &B) -> Result<()> {
        let (Some(settings), Some(thresholds)) =
            (self.checked.config.thresholds, &mut self.homeostasis.thresholds)
        else {
            return Ok(());
        };
        let fair = self
            .checked
            .plan
            .competition
            .fair_share(self.checked.plan.units)
            .unwrap_or(0.5);
        let (share, target) = (1.0 / self.sums.patches as f32, settings.target.unwrap_or(fair));
        let moved = Formula::of(|[b, active]| b + (active * share - target) * settings.rate);
        let units = Dims::new(1, self.checked.plan.units);
        backend.update(&moved, units, &[Operand::elements(&self.sums.active)], thresholds)
    }

    /// Each state ← state + rate·(mean over the batch − state).
    fn follow_states(&mut self, backend: &B) -> Result<()> {
        let (patches, len) = (self.sums.patches, backend.len(&self.states.rates));
        if len == 0 || patches == 0 {
            return Ok(());
        }
        let share = 1.0 / patches as f32;
        let moved = Formula::of(|[s, sum, rate]| s.clone() + rate * (sum * share - s));
        let operands = [&self.sums.states, &self.states.rates].map(Operand::elements);
        backend.update(&moved, Dims::new(1, len), &operands, &mut self.states.values)
    }
}
