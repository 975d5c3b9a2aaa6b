//! The configuration of a training phase.

use crate::backend::Backend;
use crate::backprop::Descent;
use crate::error::{Error, Result};
use crate::network::{Layer, Network};
use crate::range::at_least_one;

/// Order in which the Hebbian layers learn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum TrainMode {
    /// All layers learn from every batch, as in Miconi 2021.
    #[default]
    Joint,
    /// Layer by layer: each learns for all epochs and is frozen before the next one starts.
    Greedy,
}

/// The epoch whose weights a phase keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Keep {
    /// The last epoch.
    #[default]
    Last,
    /// The epoch with the best score, the first of equal ones; see [`Observer::score`](super::Observer::score).
    Best,
}

/// A phase of training: the learning layers, their order and the number of epochs.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields, rename_all = "kebab-case")
)]
pub struct TrainConfig {
    /// The learning layers, from 1. Default: all Hebbian layers, or the trailing backpropagation layers.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub layers: Option<Vec<usize>>,
    /// Order in which the Hebbian layers learn.
    pub mode: TrainMode,
    /// Passes over the training images, per layer if greedy.
    pub epochs: u64,
    /// Images in a batch.
    pub batch: usize,
    /// Initial batches, per layer if greedy, in which thresholds adapt and weights do not.
    pub burn_in: u64,
    /// The epoch whose weights the phase keeps.
    pub keep: Keep,
    /// Backpropagation of the softmax cross-entropy. Default: none, the layers learn by their rules.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub backprop: Option<Descent>,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            layers: None,
            mode: TrainMode::Joint,
            epochs: 1,
            batch: 100,
            burn_in: 0,
            keep: Keep::Last,
            backprop: None,
        }
    }
}

impl TrainConfig {
    /// Checks the numbers.
    ///
    /// # Errors
    /// [`Error::Parameter`] for an empty batch or a rate out of range, [`Error::Incompatible`] for options of Hebbian layers
    /// in a phase of backpropagation.
    pub fn check(&self) -> Result<()> {
        at_least_one("training", "batch", self.batch)?;
        let Some(descent) = &self.backprop else {
            return Ok(());
        };
        let hebbian = [
            ("burn-in", self.burn_in > 0),
            ("mode greedy", self.mode == TrainMode::Greedy),
        ];
        match hebbian.into_iter().find(|(_, given)| *given) {
            Some((name, _)) => Err(Error::Incompatible {
                first: format!("training {name}"),
                second: "backprop".to_owned(),
                reason: "all its layers learn from every batch; remove it".to_owned(),
            }),
            None => descent.check(),
        }
    }

    /// Number of batches from which each layer learns, over all epochs of `images` images.
    pub fn learning_batches(&self, images: usize) -> u64 {
        let batches = self.epochs * images.div_ceil(self.batch.max(1)) as u64;
        batches.saturating_sub(self.burn_in)
    }

    /// Number of epochs of a phase with `layers` layers, summed over the layers if greedy.
    pub fn passes(&self, layers: usize) -> u64 {
        match self.mode {
            TrainMode::Joint => self.epochs,
            TrainMode::Greedy => self.epochs * layers as u64,
        }
    }

    /// The learning layers of `network`, from 0, in order.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a layer that does not exist or is of the other kind, or if no layer learns.
    pub fn learners<B: Backend>(&self, network: &Network<B>) -> Result<Vec<usize>> {
        let layers = network.layers();
        let fits = |layer: &Layer<B>| layer.backprop().is_some() == self.backprop.is_some();
        let learners = match (&self.layers, &self.backprop) {
            (Some(numbers), _) => from_zero(numbers, layers.len())?,
            (None, Some(_)) => (network.first_backprop_layer()..layers.len()).collect(),
            (None, None) => (0..layers.len()).filter(|at| fits(&layers[*at])).collect(),
        };
        let refuse = |value: usize, range: &str| Err(Error::parameter("training", "layers", value, range));
        let way = match self.backprop {
            Some(_) => "the number of a backpropagation layer",
            None => "the number of a Hebbian layer (set backprop to train the others)",
        };
        if let Some(at) = learners.iter().find(|at| !fits(&layers[**at])) {
            return refuse(at + 1, way);
        }
        let contiguous = learners
            .first()
            .is_none_or(|first| learners.len() == layers.len() - first);
        match learners.len() {
            0 => refuse(0, way),
            _ if self.backprop.is_some() && !contiguous => refuse(
                learners[0] + 1,
                "followed by all later layers, through which the gradient comes",
            ),
            _ => Ok(learners),
        }
    }
}

/// Sorted unique indices from 0 of layers numbered from 1.
fn from_zero(numbers: &[usize], layers: usize) -> Result<Vec<usize>> {
    let mut indices = Vec::with_capacity(numbers.len());
    for &number in numbers {
        if !(1..=layers).contains(&number) {
            let range = format!("from 1 to {layers}");
            return Err(Error::parameter("training", "layers", number, range));
        }
        indices.push(number - 1);
    }
    indices.sort_unstable();
    indices.dedup();
    Ok(indices)
}
