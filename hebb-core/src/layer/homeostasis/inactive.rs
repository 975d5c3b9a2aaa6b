//! Counts of the batches since each unit last won, for re-seeding.

use crate::backend::{Backend, Dims, Operand, host_of};
use crate::error::Result;
use crate::formula::Formula;

/// Batches since each unit last won.
#[derive(Debug)]
pub(in crate::layer) struct InactiveUnits<B: Backend> {
    patience: u64,
    pub(super) batches: B::Buffer,
    /// Batches before which no unit can have been silent for long enough: until then nothing is copied to the host.
    pause: u64,
}

impl<B: Backend> InactiveUnits<B> {
    pub(super) fn new(backend: &B, patience: u64, units: usize) -> Result<Self> {
        Ok(Self {
            patience,
            batches: backend.zeros(units)?,
            pause: patience,
        })
    }

    /// The memory, to be replaced by another.
    pub(super) fn replaced(&mut self) -> &mut B::Buffer {
        self.pause = 0;
        &mut self.batches
    }

    /// One batch more for units that won nothing.
    pub(super) fn follow(&mut self, backend: &B, wins: &B::Buffer) -> Result<()> {
        let followed =
            Formula::of(|[batches, wins]| (Formula::from(1.0) - wins.positive()) * (batches + 1.0));
        let units = Dims::new(1, backend.len(&self.batches));
        backend.update(&followed, units, &[Operand::elements(wins)], &mut self.batches)?;
        self.pause = self.pause.saturating_sub(1);
        Ok(())
    }

    /// The unit that has been silent for the longest time, if that is long enough.
    pub(super) fn dead(&mut self, backend: &B) -> Result<Option<usize>> {
        if self.pause > 0 {
            return Ok(None);
        }
        let silent = host_of(backend, &self.batches, backend.len(&self.batches))?;
        let longest = silent.iter().copied().fold(0.0, f32::max);
        self.pause = self.patience.saturating_sub(longest as u64);
        let unit = silent.iter().position(|batches| *batches == longest);
        Ok(unit.filter(|_| longest >= self.patience as f32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RefBackend;

    /// Asks after every batch in which unit 0 wins, and unit 1 where `wins` says.
    fn dead_after(inactive: &mut InactiveUnits<RefBackend>, wins: &[bool]) -> Vec<Option<usize>> {
        let follow = |won: &bool| {
            let wins = vec![1.0, f32::from(u8::from(*won))];
            inactive.follow(&RefBackend, &wins).unwrap();
            inactive.dead(&RefBackend).unwrap()
        };
        wins.iter().map(follow).collect()
    }

    #[test]
    fn a_unit_is_dead_in_the_batch_that_exhausts_patience_and_as_long_as_it_stays_silent() {
        let mut inactive = InactiveUnits::new(&RefBackend, 3, 2).unwrap();
        let wins = [false, true, false, false, false, false, true, false];
        let dead = dead_after(&mut inactive, &wins);
        let expected = [None, None, None, None, Some(1), Some(1), None, None];
        assert_eq!(dead, expected);
    }

    #[test]
    fn a_memory_that_was_replaced_is_looked_at_again() {
        let mut inactive = InactiveUnits::new(&RefBackend, 3, 2).unwrap();
        inactive.replaced().copy_from_slice(&[0.0, 2.0]);
        assert_eq!(dead_after(&mut inactive, &[false]), [Some(1)]);
    }
}
