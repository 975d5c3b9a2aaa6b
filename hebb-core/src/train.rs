//! Training, without labels but where a layer has a teacher: all layers at once on the same batch, or one after the other.

use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::layer::Learning;
use crate::network::Network;
use crate::source::{ImageSource, Order};

/// Which layers learn at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Mode {
    /// All layers learn from every batch (Miconi 2021).
    #[default]
    Joint,
    /// Each layer learns for all epochs, then is frozen, and the next one starts.
    Greedy,
}

/// How long and how a network is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields, rename_all = "kebab-case")
)]
pub struct TrainConfig {
    /// Which layers learn at a time.
    pub mode: Mode,
    /// Passes over the training images (of each layer, when greedy).
    pub epochs: u64,
    /// Images in a batch.
    pub batch: usize,
    /// First batches (of each layer, when greedy) in which thresholds adapt and weights do not.
    pub burn_in: u64,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            mode: Mode::Joint,
            epochs: 1,
            batch: 100,
            burn_in: 0,
        }
    }
}

/// Where training stands after a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The layer that learns, from 0; `None` when all do.
    pub layer: Option<usize>,
    /// The epoch, from 0.
    pub epoch: u64,
    /// Images seen in this epoch.
    pub images: usize,
    /// Images in an epoch.
    pub of: usize,
}

/// What is told as training goes on; both methods do nothing unless they are overridden.
pub trait Observer<B: Backend> {
    /// After each batch.
    ///
    /// # Errors
    /// An error ends the training.
    fn batch(&mut self, _network: &Network<B>, _progress: Progress) -> Result<()> {
        Ok(())
    }

    /// After each epoch.
    ///
    /// # Errors
    /// An error ends the training.
    fn epoch(&mut self, _network: &mut Network<B>, _progress: Progress) -> Result<()> {
        Ok(())
    }
}

/// An observer that does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl<B: Backend> Observer<B> for Silent {}

impl TrainConfig {
    /// Checks the numbers.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a batch of no image.
    pub fn check(&self) -> Result<()> {
        match self.batch {
            0 => Err(Error::parameter("training", "batch", 0, "at least 1")),
            _ => Ok(()),
        }
    }

    /// Batches from which each layer learns, over all epochs of `images` images each.
    pub fn learning_batches(&self, images: usize) -> u64 {
        let batches = self.epochs * images.div_ceil(self.batch.max(1)) as u64;
        batches.saturating_sub(self.burn_in)
    }
}

/// Trains every layer of a network.
///
/// # Errors
/// A configuration out of range, a teacher without classes, or what the source, the backend or the observer reports.
pub fn train<B: Backend>(
    network: &mut Network<B>,
    source: &mut dyn ImageSource,
    config: &TrainConfig,
    observer: &mut dyn Observer<B>,
) -> Result<()> {
    config.check()?;
    network.set_classes(source.classes())?;
    let layers = network.layers().len();
    match config.mode {
        Mode::Joint => phase(network, source, config, observer, None),
        Mode::Greedy => {
            (0..layers).try_for_each(|layer| phase(network, source, config, observer, Some(layer)))
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

/// All epochs of one layer, or of all layers at once.
fn phase<B: Backend>(
    network: &mut Network<B>,
    source: &mut dyn ImageSource,
    config: &TrainConfig,
    observer: &mut dyn Observer<B>,
    layer: Option<usize>,
) -> Result<()> {
    let mut batches = 0;
    let last = (config.epochs * source.images().div_ceil(config.batch) as u64).saturating_sub(1);
    // Greedy layers see the epochs in sequence, not the same shuffles again.
    let first = layer.unwrap_or(0) as u64 * config.epochs;
    for epoch in 0..config.epochs {
        let mut progress = Progress {
            layer,
            epoch,
            images: 0,
            of: source.images(),
        };
        source.for_each(Order::Epoch(first + epoch), config.batch, &mut |batch| {
            network.advance(layer, batches as f32 / last.max(1) as f32);
            batches += 1;
            let learning = if batches > config.burn_in {
                Learning::ALL
            } else {
                Learning::BURN_IN
            };
            network.process_labelled(batch, &plan(network.layers().len(), layer, learning))?;
            progress.images += batch.images.dim().0;
            observer.batch(network, progress)
        })?;
        observer.epoch(network, progress)?;
    }
    Ok(())
}

/// What each layer learns: all the same, or the frozen prefix of `layer` nothing and `layer` itself.
fn plan(layers: usize, layer: Option<usize>, learning: Learning) -> Vec<Learning> {
    match layer {
        None => vec![learning; layers],
        Some(layer) => {
            let mut plan = vec![Learning::NONE; layer];
            plan.push(learning);
            plan
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::ImageShape;
    use crate::layer::{LayerConfig, Thresholds};
    use crate::plan::{Competition, Constraint};
    use crate::source::Batch;
    use crate::{RefBackend, Seed};
    use ndarray::{Array4, Axis, Slice};
    use std::sync::Arc;

    struct Ramp;

    impl ImageSource for Ramp {
        fn shape(&self) -> ImageShape {
            ImageShape::new(1, 6, 6)
        }
        fn images(&self) -> usize {
            7
        }
        fn for_each(
            &mut self,
            _: Order,
            batch: usize,
            each: &mut dyn FnMut(Batch<'_>) -> Result<()>,
        ) -> Result<()> {
            let images =
                Array4::from_shape_fn((7, 1, 6, 6), |(b, _, i, j)| ((b * 7 + i * 5 + j * 3) % 11) as f32);
            (0..7).step_by(batch).try_for_each(|start| {
                let images = images.slice_axis(Axis(0), Slice::from(start..(start + batch).min(7)));
                each(Batch { images, labels: &[] })
            })
        }
    }

    fn network() -> Network<RefBackend> {
        let first = LayerConfig {
            competition: Some(Competition::HardWta),
            constraint: Some(Constraint::UnitNorm),
            thresholds: Some(Thresholds {
                rate: 0.1,
                target: None,
            }),
            ..LayerConfig::conv(4, 3)
        };
        let second = LayerConfig {
            kernel: None,
            units: 3,
            ..first.clone()
        };
        Network::new(Arc::new(RefBackend), Ramp.shape(), &[first, second], Seed::new(3)).unwrap()
    }

    fn updates(network: &Network<RefBackend>) -> Vec<u64> {
        network.layers().iter().map(|layer| layer.updates()).collect()
    }

    #[test]
    fn all_layers_learn_from_every_batch_after_the_burn_in() {
        let mut network = network();
        let before = network.layers()[0].thresholds(network.backend()).unwrap();
        let config = TrainConfig {
            epochs: 2,
            batch: 3,
            burn_in: 2,
            ..TrainConfig::default()
        };
        train(&mut network, &mut Ramp, &config, &mut Silent).unwrap();
        assert_eq!(updates(&network), [4, 4]);
        assert_ne!(network.layers()[0].thresholds(network.backend()).unwrap(), before);
    }

    #[test]
    fn the_batches_that_are_learned_from_are_counted_beforehand() {
        let config = TrainConfig {
            epochs: 2,
            batch: 3,
            burn_in: 2,
            ..TrainConfig::default()
        };
        let mut network = network();
        train(&mut network, &mut Ramp, &config, &mut Silent).unwrap();
        assert_eq!(updates(&network), [config.learning_batches(Ramp.images()); 2]);
        assert_eq!(TrainConfig { burn_in: 9, ..config }.learning_batches(7), 0);
    }

    #[test]
    fn greedy_training_freezes_each_layer_before_the_next_one_starts() {
        let config = TrainConfig {
            mode: Mode::Greedy,
            epochs: 1,
            batch: 4,
            burn_in: 0,
        };
        let mut greedy = network();
        train(&mut greedy, &mut Ramp, &config, &mut Silent).unwrap();
        assert_eq!(updates(&greedy), [2, 2]);
        let mut first_only = network();
        phase(&mut first_only, &mut Ramp, &config, &mut Silent, Some(0)).unwrap();
        let weights = |network: &Network<RefBackend>| network.layers()[0].weights(network.backend()).unwrap();
        assert_eq!(weights(&greedy), weights(&first_only));
    }

    #[test]
    fn settling_moves_thresholds_and_leaves_weights() {
        let (mut settled, fresh) = (network(), network());
        settle(&mut settled, &mut Ramp, 3, 5).unwrap();
        let backend = RefBackend;
        let (settled, fresh) = (&settled.layers()[0], &fresh.layers()[0]);
        assert_eq!(
            settled.weights(&backend).unwrap(),
            fresh.weights(&backend).unwrap()
        );
        assert_ne!(
            settled.thresholds(&backend).unwrap(),
            fresh.thresholds(&backend).unwrap()
        );
    }

    #[test]
    fn a_network_restored_from_its_tensors_is_the_same_network() {
        let mut trained = network();
        train(&mut trained, &mut Ramp, &TrainConfig::default(), &mut Silent).unwrap();
        let mut restored = network();
        restored.restore(&trained.tensors().unwrap()).unwrap();
        assert_eq!(restored.tensors().unwrap(), trained.tensors().unwrap());
    }
}
