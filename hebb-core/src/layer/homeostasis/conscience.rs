use super::Conscience;
use crate::backend::{Backend, Dims, Operand, buffer_of};
use crate::error::Result;
use crate::formula::Formula;

/// Running win rates of the units, and the thresholds derived from them.
#[derive(Debug)]
pub(in crate::layer) struct Memory<B: Backend> {
    settings: Conscience,
    pub(super) fair_share: f32,
    /// From 0 to 1.
    pub(in crate::layer) won: B::Buffer,
}

impl<B: Backend> Memory<B> {
    pub(super) fn new(backend: &B, settings: Conscience, fair_share: f32, units: usize) -> Result<Self> {
        Ok(Self {
            settings,
            fair_share,
            won: buffer_of(backend, &vec![fair_share; units])?,
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
        let (share, fair_share) = (1.0 / patches as f32, self.fair_share);
        let Conscience { rate, strength } = self.settings;
        let followed = Formula::of(|[won, wins]| won.clone() + (wins * share - won) * rate);
        backend.update(&followed, units, &[Operand::elements(wins)], &mut self.won)?;
        let threshold = Formula::of(|[won]| (won - fair_share) * strength);
        backend.map(&threshold, units, &[Operand::elements(&self.won)], thresholds)
    }
}
