use super::Conscience;
use crate::backend::{Backend, Dims, Variables, buffer_of};
use crate::error::Result;
use crate::formula::Formula;

/// How often each unit won lately, and the thresholds that come of it.
#[derive(Debug)]
pub(in crate::layer) struct Memory<B: Backend> {
    settings: Conscience,
    pub(super) fair_share: f32,
    /// From 0 to 1.
    pub(in crate::layer) won: B::Buffer,
    next: B::Buffer,
}

impl<B: Backend> Memory<B> {
    pub(super) fn new(backend: &B, settings: Conscience, fair_share: f32, units: usize) -> Result<Self> {
        Ok(Self {
            settings,
            fair_share,
            won: buffer_of(backend, &vec![fair_share; units])?,
            next: backend.zeros(units)?,
        })
    }

    /// Follows a batch in which each unit won so many of the patches, and sets the thresholds.
    pub(super) fn follow(
        &mut self,
        backend: &B,
        wins: &B::Buffer,
        patches: usize,
        thresholds: &mut B::Buffer,
    ) -> Result<()> {
        let units = Dims::new(1, backend.len(&self.won));
        let share = Formula::Similarity * Formula::Constant(1.0 / patches as f32);
        let moved = Formula::Activity + Formula::Constant(self.settings.rate) * (share - Formula::Activity);
        let variables = Variables {
            activity: Some(&self.won),
            similarity: Some(wins),
            ..Default::default()
        };
        backend.map(&moved, units, variables, &mut self.next)?;
        std::mem::swap(&mut self.won, &mut self.next);
        let excess = Formula::Activity - Formula::Constant(self.fair_share);
        let variables = Variables {
            activity: Some(&self.won),
            ..Default::default()
        };
        let threshold = Formula::Constant(self.settings.strength) * excess;
        backend.map(&threshold, units, variables, thresholds)
    }
}
