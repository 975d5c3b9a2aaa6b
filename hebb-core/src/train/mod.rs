//! Training in phases: Hebbian layers jointly or one by one, backpropagation layers together.

mod config;
mod phase;
#[cfg(test)]
mod tests;

pub use config::{Keep, TrainConfig, TrainMode};

use crate::backend::Backend;
use crate::error::Result;
use crate::layer::Learning;
use crate::network::Network;
use crate::source::{BatchSource, Order};
use phase::Phase;

/// Training progress after a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// The learning layer, from 0; `None` if several layers learn.
    pub layer: Option<usize>,
    /// The epoch, from 0.
    pub epoch: u64,
    /// Images seen in this epoch.
    pub images: usize,
    /// Images in an epoch.
    pub of: usize,
    /// The mean loss of a completed epoch of backpropagation.
    pub loss: Option<f64>,
}

/// Callbacks during training. The defaults do nothing.
pub trait Observer<B: Backend> {
    /// Called after each batch.
    ///
    /// # Errors
    /// An error ends the training.
    fn batch(&mut self, _network: &Network<B>, _progress: Progress) -> Result<()> {
        Ok(())
    }

    /// Called after each epoch of a phase that keeps the best one. Returns the score of the network; a phase without scores
    /// keeps the last epoch.
    ///
    /// # Errors
    /// An error ends the training.
    fn score(&mut self, _network: &mut Network<B>, _progress: Progress) -> Result<Option<f64>> {
        Ok(None)
    }

    /// Called after each epoch, with its score if there is one.
    ///
    /// # Errors
    /// An error ends the training.
    fn epoch(&mut self, _network: &mut Network<B>, _progress: Progress, _score: Option<f64>) -> Result<()> {
        Ok(())
    }
}

/// An observer that does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObserver;

impl<B: Backend> Observer<B> for NoObserver {}

/// The starting point of a phase.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// The layer, from 0, whose input the source provides: the outputs of frozen layers below may be cached.
    pub input: usize,
    /// Number of epochs in earlier phases. It offsets the epoch index, so that no shuffle repeats.
    pub epoch: u64,
}

/// Trains a network for one phase. For consecutive phases use [`train_from`].
///
/// # Errors
/// A configuration out of range, a teacher without classes, [`Error::Diverged`](crate::Error::Diverged), or an error of
/// the source, the backend or the observer.
pub fn train<B: Backend>(
    network: &mut Network<B>,
    source: &mut dyn BatchSource,
    config: &TrainConfig,
    observer: &mut dyn Observer<B>,
) -> Result<()> {
    train_from(Start::default(), network, source, config, observer)
}

/// [`train`] after earlier phases, or from the cached outputs of frozen layers.
///
/// # Errors
/// As [`train`].
pub fn train_from<B: Backend>(
    start: Start,
    network: &mut Network<B>,
    source: &mut dyn BatchSource,
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
        (_, Some(descent)) => phase.backprop(descent, learners[0]),
        (TrainMode::Joint, None) => phase.learn(&learners, None),
        (TrainMode::Greedy, None) => {
            let layers = learners.iter().enumerate();
            layers.into_iter().try_for_each(|(at, layer)| {
                phase.learn(&[*layer], Some(*layer))?;
                // Greedy layers continue the epoch index, so that no shuffle repeats.
                phase.start.epoch = start.epoch + (at as u64 + 1) * config.epochs;
                Ok(())
            })
        }
    }
}

/// Adapts the thresholds on `batches` batches of `batch` images while the weights stay: the only adaptation of the random
/// control.
///
/// # Errors
/// As [`train`].
pub fn adapt_thresholds<B: Backend>(
    network: &mut Network<B>,
    source: &mut dyn BatchSource,
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
