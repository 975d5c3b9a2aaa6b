//! The epochs and batches of a training phase.

use super::{Keep, Observer, Progress, Start, TrainConfig};
use crate::backend::Backend;
use crate::backprop::{Descent, Optimizer};
use crate::error::Result;
use crate::layer::Learning;
use crate::network::Network;
use crate::source::{Batch, BatchSource, Order};
use crate::tensors::Tensors;

pub(super) struct Phase<'a, B: Backend> {
    pub(super) start: Start,
    pub(super) config: &'a TrainConfig,
    pub(super) network: &'a mut Network<B>,
    pub(super) source: &'a mut dyn BatchSource,
    pub(super) observer: &'a mut dyn Observer<B>,
}

/// A training step: the network, the epoch and a batch.
type BatchStep<'s, B> = dyn FnMut(&mut Network<B>, u64, Batch<'_>) -> Result<()> + 's;

/// The best epoch so far.
struct Best {
    score: f64,
    tensors: Tensors,
}

impl<B: Backend> Phase<'_, B> {
    /// Trains the Hebbian layers `learners`; `layer` is the only one of them, if there is one.
    pub(super) fn learn(&mut self, learners: &[usize], layer: Option<usize>) -> Result<()> {
        let (input, burn_in) = (self.start.input, self.config.burn_in);
        let batches = self.config.epochs * self.source.images().div_ceil(self.config.batch) as u64;
        let last = batches.saturating_sub(1).max(1);
        let mut seen = 0;
        self.epochs(layer, &mut |network, _, batch| {
            let done = seen as f32 / last as f32;
            learners
                .iter()
                .for_each(|learner| network.advance(Some(*learner), done));
            seen += 1;
            let learning = if seen > burn_in {
                Learning::ALL
            } else {
                Learning::BURN_IN
            };
            network.process_from(input, batch, &plan(learners, learning))
        })
    }

    /// Trains the layers from `first` on by backpropagation.
    pub(super) fn backprop(&mut self, descent: &Descent, first: usize) -> Result<()> {
        let input = self.start.input;
        let mut optimizer: Optimizer = descent.optimizer()?;
        self.network.reset_optimizer(first)?;
        // Discards the loss of steps outside of this phase.
        self.network.take_loss()?;
        self.epochs(None, &mut |network, epoch, batch| {
            optimizer.set_rate(descent.rate(epoch))?;
            network.backprop_step_from(input, batch, first, &mut optimizer)
        })
    }

    /// Calls `step` for every batch of every epoch.
    fn epochs(&mut self, layer: Option<usize>, step: &mut BatchStep<'_, B>) -> Result<()> {
        let Self {
            start,
            config,
            network,
            source,
            observer,
        } = self;
        let mut best: Option<Best> = None;
        for epoch in 0..config.epochs {
            let mut progress = Progress {
                layer,
                epoch,
                images: 0,
                of: source.images(),
                loss: None,
            };
            source.for_each(Order::Epoch(start.epoch + epoch), config.batch, &mut |batch| {
                step(network, epoch, batch)?;
                progress.images += batch.images.dim().0;
                observer.batch(network, progress)
            })?;
            network.check_weights(epoch + 1)?;
            let loss = network.take_loss()?;
            progress.loss = (loss.images > 0).then_some(loss.mean);
            let score = match config.keep {
                Keep::Last => None,
                Keep::Best => observer.score(network, progress)?,
            };
            if let Some(score) = score.filter(|score| best.as_ref().is_none_or(|best| *score > best.score)) {
                let tensors = network.tensors()?;
                best = Some(Best { score, tensors });
            }
            observer.epoch(network, progress, score)?;
        }
        best.map_or(Ok(()), |best| self.network.restore(&best.tensors))
    }
}

/// The learning mode of each layer: `learning` for the learners, none for the others.
fn plan(learners: &[usize], learning: Learning) -> Vec<Learning> {
    let layers = learners.last().map_or(0, |last| last + 1);
    let mut plan = vec![Learning::NONE; layers];
    learners.iter().for_each(|learner| plan[*learner] = learning);
    plan
}
