//! Training in phases: Hebbian layers all at once or one after the other, and those of backpropagation together.

mod config;
mod phase;
#[cfg(test)]
mod tests;

pub use config::{Keep, Mode, TrainConfig};

use crate::backend::Backend;
use crate::error::Result;
use crate::layer::Learning;
use crate::network::Network;
use crate::source::{ImageSource, Order};
use phase::Phase;

/// Where training stands after a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The layer that learns, from 0; `None` when several do.
    pub layer: Option<usize>,
    /// The epoch, from 0.
    pub epoch: u64,
    /// Images seen in this epoch.
    pub images: usize,
    /// Images in an epoch.
    pub of: usize,
    /// The mean loss of an epoch that is over, where layers descended one.
    pub loss: Option<f64>,
}

/// What is told as training goes on; nothing is done unless a method is overridden.
pub trait Observer<B: Backend> {
    /// After each batch.
    ///
    /// # Errors
    /// An error ends the training.
    fn batch(&mut self, _network: &Network<B>, _progress: Progress) -> Result<()> {
        Ok(())
    }

    /// After each epoch of a phase that keeps the best: how good the network is; a phase whose epochs have no score keeps the
    /// last.
    ///
    /// # Errors
    /// An error ends the training.
    fn score(&mut self, _network: &mut Network<B>, _progress: Progress) -> Result<Option<f64>> {
        Ok(None)
    }

    /// After each epoch, with its score if there is one.
    ///
    /// # Errors
    /// An error ends the training.
    fn epoch(&mut self, _network: &mut Network<B>, _progress: Progress, _score: Option<f64>) -> Result<()> {
        Ok(())
    }
}

/// An observer that does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl<B: Backend> Observer<B> for Silent {}

/// What a phase starts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// The layer, from 0, whose inputs the source hands out: with frozen layers below, their outputs may be kept.
    pub input: usize,
    /// Epochs of earlier phases, whose shuffles are not seen again.
    pub epoch: u64,
}

/// Trains a network by one phase; several in a row are told by [`train_from`] what the former ones saw.
///
/// # Errors
/// A configuration out of range, a teacher without classes, or what the source, the backend or the observer reports.
pub fn train<B: Backend>(
    network: &mut Network<B>,
    source: &mut dyn ImageSource,
    config: &TrainConfig,
    observer: &mut dyn Observer<B>,
) -> Result<()> {
    train_from(Start::default(), network, source, config, observer)
}

/// [`train`] after earlier phases, or from what frozen layers give.
///
/// # Errors
/// As [`train`].
pub fn train_from<B: Backend>(
    start: Start,
    network: &mut Network<B>,
    source: &mut dyn ImageSource,
    config: &TrainConfig,
    observer: &mut dyn Observer<B>,
) -> Result<()> {
    config.check()?;
    network.set_classes(source.classes())?;
    let learners = config.learners(network)?;
    let mut phase = Phase {
        start,
        config,
        network,
        source,
        observer,
    };
    match (config.mode, &config.backprop) {
        (_, Some(descent)) => phase.descend(descent, learners[0]),
        (Mode::Joint, None) => phase.learn(&learners, None),
        (Mode::Greedy, None) => {
            let layers = learners.iter().enumerate();
            layers.into_iter().try_for_each(|(at, layer)| {
                phase.learn(&[*layer], Some(*layer))?;
                // Greedy layers see the epochs in sequence, not the same shuffles again.
                phase.start.epoch = start.epoch + (at as u64 + 1) * config.epochs;
                Ok(())
            })
        }
    }
}

/// Lets the thresholds settle on `batches` batches while the weights stay: the untrained control's only adaptation.
///
/// # Errors
/// As [`train`].
pub fn settle<B: Backend>(
    network: &mut Network<B>,
    source: &mut dyn ImageSource,
    batch: usize,
    batches: u64,
) -> Result<()> {
    let learning = vec![Learning::BURN_IN; network.layers().len()];
    let (mut seen, mut epoch) = (0, 0);
    while seen < batches && source.images() > 0 {
        source.for_each(Order::Epoch(epoch), batch, &mut |batch| {
            seen += 1;
            if seen > batches {
                Ok(())
            } else {
                network.process(batch.images, &learning)
            }
        })?;
        epoch += 1;
    }
    Ok(())
}
