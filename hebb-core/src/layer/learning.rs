//! The step of a layer from the sums of a batch, and what follows the batch: thresholds and the rule's states.

use super::HebbLayer;
use crate::backend::{Backend, Contraction, Dims, Learned, Step, Variables};
use crate::error::Result;
use crate::formula::Formula;

impl<B: Backend> HebbLayer<B> {
    /// The step from the sums of the last batch.
    pub(super) fn learn(&mut self, backend: &B) -> Result<()> {
        let step = Step {
            rate: self.config.learning_rate.rate(self.updates),
            unit_rate: self.setting.unit_rate,
            constraint: self.setting.constraint,
        };
        let contraction = Contraction {
            plan: &self.plan,
            reduction: self.setting.reduction,
            sums: &self.sums,
            mask: self.mask.as_ref().map(|(_, dense)| dense),
        };
        let learned = Learned {
            weights: &mut self.weights,
            delta: &mut self.delta,
        };
        backend.learn(contraction, &step, learned, &mut self.workspace)?;
        self.updates += 1;
        self.follow_states(backend)
    }

    /// b ← b + rate·(active/P − target).
    pub(super) fn adapt_thresholds(&mut self, backend: &B) -> Result<()> {
        let (Some(settings), Some(thresholds)) = (self.config.thresholds, &mut self.thresholds) else {
            return Ok(());
        };
        let fair = self.plan.competition.fair_share(self.plan.units).unwrap_or(0.5);
        let share = Formula::Similarity * Formula::Constant(1.0 / self.sums.patches as f32);
        let gap = share - Formula::Constant(settings.target.unwrap_or(fair));
        let moved = Formula::Activity + gap * Formula::Constant(settings.rate);
        let (activity, similarity) = (Some(&*thresholds), Some(&self.sums.active));
        let variables = Variables {
            activity,
            similarity,
            ..Default::default()
        };
        backend.map(
            &moved,
            Dims::new(1, self.plan.units),
            variables,
            &mut self.adapted,
        )?;
        std::mem::swap(thresholds, &mut self.adapted);
        Ok(())
    }

    /// Each state ← state + rate·(mean over the batch − state).
    fn follow_states(&mut self, backend: &B) -> Result<()> {
        let (patches, len) = (self.sums.patches, backend.len(&self.rates));
        if len == 0 || patches == 0 {
            return Ok(());
        }
        let mean = Formula::Similarity * Formula::Constant(1.0 / patches as f32);
        let moved = Formula::Activity + Formula::State(0) * (mean - Formula::Activity);
        let variables = Variables {
            activity: Some(&self.states),
            similarity: Some(&self.sums.states),
            states: Some(&self.rates),
            teacher: None,
        };
        backend.map(&moved, Dims::new(1, len), variables, &mut self.followed)?;
        std::mem::swap(&mut self.states, &mut self.followed);
        Ok(())
    }
}
