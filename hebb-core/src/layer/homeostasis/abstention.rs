//! Random abstention: units that win often stay out of some competitions.

use crate::backend::{Backend, buffer_of, host_of};
use crate::error::Result;
use crate::layer::HebbLayer;
use crate::seed::Seed;
use rand::RngExt;

/// A threshold that no score reaches and that every competition stays finite with.
const OUT_OF_REACH: f32 = 1e30;

/// Random abstention: for each batch unit i abstains with the probability v_i / (max_j v_j + P/N).
///
/// v counts the wins of each unit, less those of the unit with the fewest. So the more a unit has won the more often
/// it abstains, and the one with the fewest wins never does.
#[derive(Debug)]
pub(in crate::layer) struct Abstention {
    seed: Seed,
    purpose: String,
    pub(in crate::layer) victories: Vec<f32>,
    /// Batches so far: each has a random stream of its own, so that a restored layer goes on as the saved one.
    pub(in crate::layer) batches: u64,
}

impl Abstention {
    pub(super) fn new(units: usize, seed: Seed, layer: u64) -> Self {
        Self {
            seed,
            purpose: format!("abstention of layer {layer}"),
            victories: vec![0.0; units],
            batches: 0,
        }
    }

    /// The units that abstain from a batch of `patches`; at least `winners` do not.
    fn draw(&mut self, patches: usize, winners: usize) -> Vec<usize> {
        let mut stream = self.seed.stream(&self.purpose, self.batches);
        self.batches += 1;
        let units = self.victories.len();
        let most = self.victories.iter().copied().fold(0.0, f32::max);
        let of = (most + patches as f32 / units as f32).max(1.0);
        let mut abstaining: Vec<usize> = (0..units)
            .filter(|unit| stream.random::<f32>() < self.victories[*unit] / of)
            .collect();
        // Those who won most abstain first, where too many want to.
        abstaining.sort_by(|&a, &b| self.victories[b].total_cmp(&self.victories[a]));
        abstaining.truncate(units.saturating_sub(winners));
        abstaining
    }

    /// Counts the wins of a batch.
    pub(super) fn follow(&mut self, wins: impl Iterator<Item = f32>) {
        for (victories, wins) in self.victories.iter_mut().zip(wins) {
            *victories += wins;
        }
        let fewest = self.victories.iter().copied().fold(f32::INFINITY, f32::min);
        self.victories
            .iter_mut()
            .for_each(|victories| *victories -= fewest);
    }
}

impl<B: Backend> HebbLayer<B> {
    /// The thresholds of this batch with units that abstain out of reach; `None` if no unit ever abstains.
    pub(in crate::layer) fn abstain(&mut self, backend: &B, images: usize) -> Result<Option<B::Buffer>> {
        let (units, patches) = (self.plan.units, self.plan.patches(images));
        let winners = self.plan.competition.winners().unwrap_or(1);
        let Some(abstention) = &mut self.homeostasis.abstention else {
            return Ok(None);
        };
        let mut thresholds = match &self.thresholds {
            Some(thresholds) => host_of(backend, thresholds, units)?,
            None => vec![0.0; units],
        };
        for unit in abstention.draw(patches, winners) {
            thresholds[unit] = OUT_OF_REACH;
        }
        buffer_of(backend, &thresholds).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn abstention(victories: &[f32]) -> Abstention {
        Abstention {
            victories: victories.to_vec(),
            ..Abstention::new(victories.len(), Seed::new(5), 0)
        }
    }

    #[test]
    fn units_abstain_the_more_often_the_more_they_have_won() {
        let mut abstention = abstention(&[900.0, 300.0, 0.0]);
        let mut counts = [0; 3];
        for _ in 0..2000 {
            abstention.draw(300, 1).iter().for_each(|unit| counts[*unit] += 1);
        }
        let near = |count: i32, share: f32| (count as f32 / 2000.0 - share).abs() < 0.05;
        assert!(
            near(counts[0], 0.9) && near(counts[1], 0.3) && counts[2] == 0,
            "{counts:?}"
        );
    }

    #[test]
    fn enough_units_are_left_to_win() {
        let mut abstention = abstention(&[1e6, 9e5, 8e5, 0.0]);
        assert!((0..200).all(|_| abstention.draw(4, 3).len() <= 1));
    }

    #[test]
    fn the_unit_with_the_fewest_wins_counts_none() {
        let mut abstention = abstention(&[2.0, 0.0, 5.0]);
        abstention.follow([1.0, 4.0, 0.0].into_iter());
        assert_eq!(abstention.victories, [0.0, 1.0, 2.0]);
    }
}
