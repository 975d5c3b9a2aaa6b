//! Random abstention: units that win often stay out of some competitions.

use crate::backend::{Backend, Dims, Operand};
use crate::error::Result;
use crate::formula::Formula;
use crate::layer::HebbLayer;
use crate::plan::Competition;
use crate::seed::Seed;

/// A threshold that no score reaches and that every competition stays finite with.
const OUT_OF_REACH: f32 = 1e30;

/// Random abstention: for each batch unit i abstains with the probability v_i / (max_j v_j + P/N).
///
/// v counts the wins of each unit, less those of the unit with the fewest. So the more a unit has won the more often
/// it abstains, and the one with the fewest wins never does.
#[derive(Debug)]
pub(in crate::layer) struct Abstention<B: Backend> {
    seed: Seed,
    purpose: String,
    pub(in crate::layer) victories: B::Buffer,
    /// Batches so far: each has a random stream of its own, so that a restored layer goes on as the saved one.
    pub(in crate::layer) batches: u64,
    units: usize,
    /// The numbers of a batch, uniform from 0 to 1.
    drawn: B::Buffer,
    /// Intermediate values: one for each unit, twice, and a single one.
    scratch: [B::Buffer; 2],
    total: B::Buffer,
    /// The thresholds of a batch.
    pub(in crate::layer) thresholds: B::Buffer,
}

impl<B: Backend> Abstention<B> {
    pub(super) fn new(backend: &B, units: usize, seed: Seed, layer: u64) -> Result<Self> {
        let zeros = || backend.zeros(units);
        Ok(Self {
            seed,
            purpose: format!("abstention of layer {layer}"),
            victories: zeros()?,
            batches: 0,
            units,
            drawn: zeros()?,
            scratch: [zeros()?, zeros()?],
            total: backend.zeros(1)?,
            thresholds: zeros()?,
        })
    }

    /// Sets `self.scratch[1]` to 1 for the units that abstain from a batch of `patches`; at least `winners`, of which there
    /// are fewer than units, do not.
    fn draw(&mut self, backend: &B, patches: usize, winners: usize) -> Result<()> {
        let units = self.units;
        let mut stream = self.seed.stream(&self.purpose, self.batches);
        self.batches += 1;
        backend.uniform(units, &mut stream, &mut self.drawn)?;
        backend.largest_size(units, &self.victories, &mut self.total)?;
        // The victories of a unit that abstains, and -1 for the others.
        let fair = patches as f32 / units as f32;
        let score = Formula::of(|[drawn, victories, most]| {
            let abstains = (victories.clone() - drawn * (most + fair).max(1.0)).positive();
            victories * abstains.clone() - (Formula::from(1.0) - abstains)
        });
        let [drawn, victories] = [&self.drawn, &self.victories].map(Operand::elements);
        let operands = [drawn, victories, Operand::single(&self.total)];
        let [scores, chosen] = &mut self.scratch;
        backend.map(&score, Dims::new(1, units), &operands, scores)?;
        // Those who won most abstain first, where too many want to.
        let most = Competition::KWta {
            k: units - winners,
            values: false,
            positive: true,
        };
        backend.compete(&most, Dims::new(1, units), scores, None, chosen)
    }

    /// Counts the wins of a batch.
    pub(super) fn follow(&mut self, backend: &B, wins: &B::Buffer) -> Result<()> {
        let (row, column) = (Dims::new(1, self.units), Dims::new(self.units, 1));
        let [negated, fewest] = &mut self.scratch;
        let sum = Formula::of(|[victories, wins]| -(victories + wins));
        backend.map(
            &sum,
            row,
            &[&self.victories, wins].map(Operand::elements),
            negated,
        )?;
        let largest = Competition::KWta {
            k: 1,
            values: true,
            positive: false,
        };
        backend.compete(&largest, row, negated, None, fewest)?;
        // All but the winner's are zero.
        backend.column_sums(column, fewest, &mut self.total)?;
        let counted = Formula::of(|[fewest, negated]| fewest - negated);
        let operands = [Operand::single(&self.total), Operand::elements(negated)];
        backend.map(&counted, row, &operands, &mut self.victories)
    }
}

impl<B: Backend> HebbLayer<B> {
    /// Draws who abstains from a batch; the thresholds are then those of [`Abstention`].
    pub(in crate::layer) fn abstain(&mut self, backend: &B, images: usize) -> Result<()> {
        let (units, patches) = (self.checked.plan.units, self.checked.plan.patches(images));
        let winners = self.checked.plan.competition.winners().unwrap_or(1);
        let Some(abstention) = &mut self.homeostasis.abstention else {
            return Ok(());
        };
        abstention.draw(backend, patches, winners)?;
        let out_of_reach = Formula::of(|[abstains]| abstains * OUT_OF_REACH);
        let units = Dims::new(1, units);
        let abstains = [Operand::elements(&abstention.scratch[1])];
        backend.map(&out_of_reach, units, &abstains, &mut abstention.thresholds)?;
        let Some(own) = &self.homeostasis.thresholds else {
            return Ok(());
        };
        let raised = Formula::of(|[threshold, own]| threshold + own);
        backend.update(
            &raised,
            units,
            &[Operand::elements(own)],
            &mut abstention.thresholds,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RefBackend;

    fn abstention(victories: &[f32]) -> Abstention<RefBackend> {
        Abstention {
            victories: victories.to_vec(),
            ..Abstention::new(&RefBackend, victories.len(), Seed::new(5), 0).unwrap()
        }
    }

    fn draw(abstention: &mut Abstention<RefBackend>, patches: usize, winners: usize) -> Vec<f32> {
        abstention.draw(&RefBackend, patches, winners).unwrap();
        abstention.scratch[1].clone()
    }

    #[test]
    fn units_abstain_the_more_often_the_more_they_have_won() {
        let mut abstention = abstention(&[900.0, 300.0, 0.0]);
        let mut counts = [0.0; 3];
        for _ in 0..2000 {
            let drawn = draw(&mut abstention, 300, 1);
            counts
                .iter_mut()
                .zip(drawn)
                .for_each(|(count, one)| *count += one);
        }
        let near = |count: f32, share: f32| (count / 2000.0 - share).abs() < 0.05;
        assert!(
            near(counts[0], 0.9) && near(counts[1], 0.3) && counts[2] == 0.0,
            "{counts:?}"
        );
    }

    #[test]
    fn enough_units_are_left_to_win_and_those_with_most_victories_abstain() {
        let mut abstention = abstention(&[9e5, 1e6, 8e5, 0.0]);
        for _ in 0..200 {
            let drawn = draw(&mut abstention, 4, 3);
            let count: f32 = drawn.iter().sum();
            assert!(count <= 1.0 && drawn[2] + drawn[3] < 1.0, "{drawn:?}");
        }
    }

    #[test]
    fn the_unit_with_the_fewest_wins_counts_none() {
        let mut abstention = abstention(&[2.0, 0.0, 5.0]);
        abstention.follow(&RefBackend, &vec![1.0, 4.0, 0.0]).unwrap();
        assert_eq!(abstention.victories, [0.0, 1.0, 2.0]);
    }
}
