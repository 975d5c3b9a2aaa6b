//! Homeostasis: thresholds, conscience, synaptic scaling and re-seeding of dead units.

mod abstention;
mod conscience;
mod inactive;
mod reseed;
mod settings;
#[cfg(test)]
mod tests;

pub(super) use settings::Homeostats;
pub use settings::{Conscience, Reseed, SynapticScaling, Thresholds};

use super::state::vector;
use super::{HebbLayer, Input, Learning, Tensors};
use crate::backend::{Backend, Dims, Operand, Sums, host_of};
use crate::error::Result;
use crate::formula::Formula;
use crate::plan::Competition;
use crate::seed::Seed;
use abstention::Abstention;
use conscience::Memory;
use inactive::InactiveUnits;
use ndarray::Array1;

/// The memories of a layer's homeostats; one that the layer lacks is `None`.
#[derive(Debug)]
pub(super) struct Homeostasis<B: Backend> {
    settings: Homeostats,
    /// b, the thresholds of the competition: adaptive ones, or those of the conscience.
    pub(super) thresholds: Option<B::Buffer>,
    pub(super) conscience: Option<Memory<B>>,
    pub(super) abstention: Option<Abstention<B>>,
    pub(super) inactive: Option<InactiveUnits<B>>,
    wins: Wins<B>,
    /// The factor of each unit's weights in synaptic scaling.
    scales: B::Buffer,
}

impl<B: Backend> Homeostasis<B> {
    /// # Errors
    /// [`crate::Error::OutOfMemory`].
    pub(super) fn new(
        backend: &B,
        settings: Homeostats,
        competition: &Competition,
        units: usize,
        (seed, layer): (Seed, u64),
    ) -> Result<Self> {
        let fair_share = competition.fair_share(units).unwrap_or_default();
        let conscience = |settings| Memory::new(backend, settings, fair_share, units);
        let inactive = |settings: Reseed| InactiveUnits::new(backend, settings.patience, units);
        // Where every unit wins every patch, none can stay out.
        let abstains = settings.random_abstention && competition.winners().unwrap_or(1) < units;
        let abstention = || Abstention::new(backend, units, seed, layer);
        let competes = settings.thresholds.is_some() || settings.conscience.is_some();
        Ok(Self {
            settings,
            thresholds: competes.then(|| backend.zeros(units)).transpose()?,
            conscience: settings.conscience.map(conscience).transpose()?,
            abstention: abstains.then(abstention).transpose()?,
            inactive: settings.reseed.map(inactive).transpose()?,
            wins: Wins::new(backend, units)?,
            scales: backend.zeros(units)?,
        })
    }

    /// Whether the layer competes with thresholds of its own.
    pub(super) fn sets_thresholds(&self) -> bool {
        self.settings.thresholds.is_some() || self.settings.conscience.is_some()
    }

    /// Whether anything must be known of who won a batch.
    fn counts_wins(&self) -> bool {
        self.conscience.is_some() || self.abstention.is_some() || self.inactive.is_some()
    }

    /// Everything that is remembered, by name.
    pub(super) fn tensors(&self, backend: &B) -> Result<Tensors> {
        let mut tensors = Tensors::new();
        let mut insert = |name: &str, values: Vec<f32>| {
            tensors.insert(name.to_owned(), Array1::from(values).into_dyn());
        };
        let host = |memory: &B::Buffer| host_of(backend, memory, backend.len(memory));
        if let Some(conscience) = &self.conscience {
            insert("conscience", host(&conscience.won)?);
        }
        if let Some(abstention) = &self.abstention {
            insert("victories", host(&abstention.victories)?);
            insert("batches", vec![abstention.batches as f32]);
        }
        if let Some(inactive) = &self.inactive {
            insert("silent", host(&inactive.batches)?);
        }
        Ok(tensors)
    }

    /// Restores what [`Self::tensors`] gave; names that are absent keep their present value.
    pub(super) fn restore(&mut self, backend: &B, tensors: &Tensors) -> Result<()> {
        let restore = |name: &str, memory: Option<&mut B::Buffer>| match (memory, tensors.get(name)) {
            (Some(memory), Some(saved)) => {
                let values = vector(name, saved, backend.len(memory))?;
                backend.upload(&values, memory)
            }
            _ => Ok(()),
        };
        restore(
            "conscience",
            self.conscience.as_mut().map(|memory| &mut memory.won),
        )?;
        let abstention = self.abstention.as_mut();
        restore("victories", abstention.map(|memory| &mut memory.victories))?;
        if let (Some(abstention), Some(saved)) = (&mut self.abstention, tensors.get("batches")) {
            abstention.batches = vector("batches", saved, 1)?[0] as u64;
        }
        restore("silent", self.inactive.as_mut().map(InactiveUnits::replaced))
    }

    /// Forgets what is remembered of a unit.
    fn forget(&mut self, backend: &B, unit: usize) -> Result<()> {
        if let Some(inactive) = &mut self.inactive {
            set(backend, &mut inactive.batches, unit, 0.0)?;
        }
        match &mut self.conscience {
            Some(memory) => set(backend, &mut memory.won, unit, memory.fair_share),
            None => Ok(()),
        }
    }
}

/// Replaces one value of a memory.
fn set<B: Backend>(backend: &B, memory: &mut B::Buffer, index: usize, value: f32) -> Result<()> {
    let mut values = host_of(backend, memory, backend.len(memory))?;
    values[index] = value;
    backend.upload(&values, memory)
}

/// Number of patches of a batch that each unit won; units can share a patch in parts.
#[derive(Debug)]
struct Wins<B: Backend> {
    shared: B::Buffer,
    total: B::Buffer,
}

impl<B: Backend> Wins<B> {
    fn new(backend: &B, units: usize) -> Result<Self> {
        Ok(Self {
            shared: backend.zeros(units)?,
            total: backend.zeros(1)?,
        })
    }

    fn of<'a>(
        &'a mut self,
        backend: &B,
        competition: &Competition,
        sums: &'a Sums<B>,
    ) -> Result<&'a B::Buffer> {
        if !competition.shares_activity() {
            return Ok(&sums.active);
        }
        let units = backend.len(&self.shared);
        backend.column_sums(Dims::new(units, 1), &sums.weight, &mut self.total)?;
        let patches = sums.patches as f32;
        let wins = Formula::of(|[weight, total]| weight * total.max(f32::MIN_POSITIVE).recip() * patches);
        let operands = [Operand::elements(&sums.weight), Operand::single(&self.total)];
        backend.map(&wins, Dims::new(1, units), &operands, &mut self.shared)?;
        Ok(&self.shared)
    }
}

impl<B: Backend> HebbLayer<B> {
    /// Moves every homeostat by what the last batch summed.
    pub(super) fn update_homeostasis(
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
            self.follow_wins(backend, learning)?;
        }
        if learning.weights {
            self.scale_synapses(backend)?;
            self.reseed(backend, input)?;
        }
        Ok(())
    }

    /// Lets the memories of conscience, abstention and re-seeding follow the wins of the batch.
    fn follow_wins(&mut self, backend: &B, learning: Learning) -> Result<()> {
        let homeostasis = &mut self.homeostasis;
        let wins = homeostasis
            .wins
            .of(backend, &self.checked.plan.competition, &self.sums)?;
        if let (true, Some(memory), Some(thresholds)) = (
            learning.thresholds,
            &mut homeostasis.conscience,
            &mut homeostasis.thresholds,
        ) {
            memory.follow(backend, wins, self.sums.patches, thresholds)?;
        }
        if !learning.weights {
            return Ok(());
        }
        if let Some(abstention) = &mut homeostasis.abstention {
            abstention.follow(backend, wins)?;
        }
        match &mut homeostasis.inactive {
            Some(inactive) => inactive.follow(backend, wins),
            None => Ok(()),
        }
    }

    /// w_i ← w_i·exp(rate·(target − mean |y_i|)).
    fn scale_synapses(&mut self, backend: &B) -> Result<()> {
        let Some(SynapticScaling { rate, target }) = self.homeostasis.settings.scaling else {
            return Ok(());
        };
        let share = 1.0 / self.sums.patches as f32;
        let factor = Formula::of(|[weight]| ((Formula::from(target) - weight * share) * rate).exp());
        let (units, weight) = (
            Dims::new(1, self.checked.plan.units),
            Operand::elements(&self.sums.weight),
        );
        backend.map(&factor, units, &[weight], &mut self.homeostasis.scales)?;
        let scaled = Formula::of(|[w, factor]| w * factor);
        let scales = [Operand::rows(&self.homeostasis.scales)];
        backend.update(&scaled, self.weights.dims, &scales, &mut self.weights.values)
    }
}
