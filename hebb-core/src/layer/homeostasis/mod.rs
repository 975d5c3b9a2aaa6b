//! What keeps every unit of a layer in use: per-unit memories on the host, and how a batch moves them.

mod abstention;
mod reseed;
mod settings;
#[cfg(test)]
mod tests;

pub(super) use settings::Homeostats;
pub use settings::{Conscience, Reseed, SynapticScaling, Thresholds};

use super::state::vector;
use super::{HebbLayer, Input, Learning, Tensors};
use crate::backend::{Backend, Sums, buffer_of, host_of};
use crate::error::Result;
use crate::plan::Competition;
use crate::seed::Seed;
use abstention::Abstention;
use ndarray::Array1;

/// The memories of a layer's homeostats; one that the layer lacks is `None`.
#[derive(Debug)]
pub(super) struct Homeostasis {
    settings: Homeostats,
    fair_share: f32,
    /// How often each unit won lately, from 0 to 1.
    pub(super) conscience: Option<Vec<f32>>,
    pub(super) abstention: Option<Abstention>,
    /// Batches since each unit last won.
    pub(super) silent: Option<Vec<f32>>,
}

impl Homeostasis {
    pub(super) fn new(
        settings: Homeostats,
        competition: &Competition,
        units: usize,
        seed: Seed,
        layer: u64,
    ) -> Self {
        let fair_share = competition.fair_share(units).unwrap_or_default();
        Self {
            settings,
            fair_share,
            conscience: settings.conscience.map(|_| vec![fair_share; units]),
            abstention: settings
                .random_abstention
                .then(|| Abstention::new(units, seed, layer)),
            silent: settings.reseed.map(|_| vec![0.0; units]),
        }
    }

    /// Whether the layer competes with thresholds of its own.
    pub(super) fn sets_thresholds(&self) -> bool {
        self.settings.thresholds.is_some() || self.settings.conscience.is_some()
    }

    /// Whether anything must be known of who won a batch.
    fn counts_wins(&self) -> bool {
        self.conscience.is_some() || self.abstention.is_some() || self.silent.is_some()
    }

    /// Lets the conscience follow the shares of a batch; the thresholds that come of it.
    fn follow_conscience(&mut self, shares: &[f32]) -> Option<Vec<f32>> {
        let (settings, won) = (self.settings.conscience?, self.conscience.as_mut()?);
        for (won, share) in won.iter_mut().zip(shares) {
            *won += settings.rate * (share - *won);
        }
        let excess = |won: &f32| settings.strength * (won - self.fair_share);
        Some(won.iter().map(excess).collect())
    }

    fn follow_silence(&mut self, shares: &[f32]) {
        for (silent, share) in self.silent.iter_mut().flatten().zip(shares) {
            *silent = if *share > 0.0 { 0.0 } else { *silent + 1.0 };
        }
    }

    /// The unit that has been silent for the longest time, if that is long enough.
    fn dead(&self) -> Option<usize> {
        let (settings, silent) = (self.settings.reseed?, self.silent.as_ref()?);
        let longest = silent.iter().copied().fold(0.0, f32::max);
        let unit = silent.iter().position(|batches| *batches == longest)?;
        (longest >= settings.patience as f32).then_some(unit)
    }

    /// Everything that is remembered, by name.
    pub(super) fn tensors(&self) -> Tensors {
        let mut tensors = Tensors::new();
        let mut insert = |name: &str, values: &[f32]| {
            tensors.insert(name.to_owned(), Array1::from(values.to_vec()).into_dyn());
        };
        if let Some(won) = &self.conscience {
            insert("conscience", won);
        }
        if let Some(abstention) = &self.abstention {
            insert("victories", &abstention.victories);
            insert("batches", &[abstention.batches as f32]);
        }
        if let Some(silent) = &self.silent {
            insert("silent", silent);
        }
        tensors
    }

    /// Restores what [`Self::tensors`] gave; names that are absent keep their present value.
    pub(super) fn restore(&mut self, tensors: &Tensors) -> Result<()> {
        let victories = self
            .abstention
            .as_mut()
            .map(|abstention| &mut abstention.victories);
        let memories = [
            ("conscience", self.conscience.as_mut()),
            ("victories", victories),
            ("silent", self.silent.as_mut()),
        ];
        for (name, memory) in memories {
            if let (Some(memory), Some(saved)) = (memory, tensors.get(name)) {
                *memory = vector(name, saved, memory.len())?;
            }
        }
        if let (Some(abstention), Some(saved)) = (&mut self.abstention, tensors.get("batches")) {
            abstention.batches = vector("batches", saved, 1)?[0] as u64;
        }
        Ok(())
    }

    /// Forgets what is remembered of a unit.
    fn forget(&mut self, unit: usize) {
        if let Some(silent) = &mut self.silent {
            silent[unit] = 0.0;
        }
        if let Some(won) = &mut self.conscience {
            won[unit] = self.fair_share;
        }
    }
}

/// The share of a batch's patches that each unit won.
fn shares<B: Backend>(
    backend: &B,
    competition: &Competition,
    sums: &Sums<B>,
    units: usize,
) -> Result<Vec<f32>> {
    let (won, of) = if competition.shares_activity() {
        let won = host_of(backend, &sums.weight, units)?;
        let of: f32 = won.iter().sum();
        (won, of)
    } else {
        (host_of(backend, &sums.active, units)?, sums.patches as f32)
    };
    Ok(won.iter().map(|won| won / of.max(f32::MIN_POSITIVE)).collect())
}

impl<B: Backend> HebbLayer<B> {
    /// Moves every homeostat by what the last batch summed.
    pub(super) fn keep_in_use(
        &mut self,
        backend: &B,
        input: &Input<'_, B>,
        learning: Learning,
    ) -> Result<()> {
        if self.sums.patches == 0 {
            return Ok(());
        }
        if learning.thresholds {
            self.adapt_thresholds(backend)?;
        }
        if self.homeostasis.counts_wins() {
            let shares = shares(backend, &self.plan.competition, &self.sums, self.plan.units)?;
            if let (true, Some(thresholds)) =
                (learning.thresholds, self.homeostasis.follow_conscience(&shares))
            {
                self.thresholds = Some(buffer_of(backend, &thresholds)?);
            }
            if learning.weights {
                let patches = self.sums.patches as f32;
                if let Some(abstention) = &mut self.homeostasis.abstention {
                    abstention.follow(shares.iter().map(|share| share * patches));
                }
                self.homeostasis.follow_silence(&shares);
            }
        }
        if learning.weights {
            self.scale_synapses(backend)?;
            self.reseed(backend, input)?;
        }
        Ok(())
    }

    /// w_i ← w_i·exp(rate·(target − mean |y_i|)).
    fn scale_synapses(&mut self, backend: &B) -> Result<()> {
        let Some(SynapticScaling { rate, target }) = self.homeostasis.settings.scaling else {
            return Ok(());
        };
        let activity = host_of(backend, &self.sums.weight, self.plan.units)?;
        let patches = self.sums.patches as f32;
        let factor = |activity: &f32| (rate * (target - activity / patches)).exp();
        let factors: Vec<f32> = activity.iter().map(factor).collect();
        backend.upload(&factors, &mut self.adapted)?;
        backend.scale_rows(self.dims(), &self.adapted, &mut self.weights)
    }
}
