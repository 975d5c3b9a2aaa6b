use crate::backend::Backend;
use crate::backprop::Descent;
use crate::error::{Error, Result};
use crate::network::{Layer, Network};

/// Which Hebbian layers learn at a time.
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

/// Which epoch's weights a phase ends with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Keep {
    /// Those of the last one.
    #[default]
    Last,
    /// Those with the best score, the first of equals; see [`Observer::score`](super::Observer::score).
    Best,
}

/// A phase of training: which layers learn, from what, and for how long.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields, rename_all = "kebab-case")
)]
pub struct TrainConfig {
    /// The layers that learn, from 1; all Hebbian ones when not given, or those of backpropagation at the network's end.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub layers: Option<Vec<usize>>,
    /// Which Hebbian layers learn at a time.
    pub mode: Mode,
    /// Passes over the training images (of each layer, when greedy).
    pub epochs: u64,
    /// Images in a batch.
    pub batch: usize,
    /// First batches (of each layer, when greedy) in which thresholds adapt and weights do not.
    pub burn_in: u64,
    /// Which epoch's weights the phase ends with.
    pub keep: Keep,
    /// Descent of the gradient of the softmax cross-entropy; without it the layers learn by their rules.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub backprop: Option<Descent>,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self {
            layers: None,
            mode: Mode::Joint,
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
    /// [`Error::Parameter`] for a batch of no image or a rate out of range, [`Error::Incompatible`] for what only Hebbian
    /// layers have in a phase of backpropagation.
    pub fn check(&self) -> Result<()> {
        if self.batch == 0 {
            return Err(Error::parameter("training", "batch", 0, "at least 1"));
        }
        let Some(descent) = &self.backprop else {
            return Ok(());
        };
        let hebbian = [
            ("burn-in", self.burn_in > 0),
            ("mode greedy", self.mode == Mode::Greedy),
        ];
        match hebbian.into_iter().find(|(_, given)| *given) {
            Some((name, _)) => Err(Error::Incompatible {
                first: format!("training {name}"),
                second: "backprop".to_owned(),
                reason: "all its layers learn from every batch; leave it out".to_owned(),
            }),
            None => descent.check(),
        }
    }

    /// Batches from which each layer learns, over all epochs of `images` images each.
    pub fn learning_batches(&self, images: usize) -> u64 {
        let batches = self.epochs * images.div_ceil(self.batch.max(1)) as u64;
        batches.saturating_sub(self.burn_in)
    }

    /// Epochs that a phase with so many layers goes through, one layer after the other where it is greedy.
    pub fn passes(&self, layers: usize) -> u64 {
        match self.mode {
            Mode::Joint => self.epochs,
            Mode::Greedy => self.epochs * layers as u64,
        }
    }

    /// The layers of `network` that learn, from 0, in order.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a layer that there is not or that learns otherwise, or if none is left.
    pub fn learners<B: Backend>(&self, network: &Network<B>) -> Result<Vec<usize>> {
        let layers = network.layers();
        let fits = |layer: &Layer<B>| layer.backprop().is_some() == self.backprop.is_some();
        let learners = match (&self.layers, &self.backprop) {
            (Some(numbers), _) => from_zero(numbers, layers.len())?,
            (None, Some(_)) => (network.first_of_backprop()..layers.len()).collect(),
            (None, None) => (0..layers.len()).filter(|at| fits(&layers[*at])).collect(),
        };
        let refuse = |value: usize, range: &str| Err(Error::parameter("training", "layers", value, range));
        let way = match self.backprop {
            Some(_) => "numbers of layers that learn by backpropagation",
            None => "numbers of Hebbian layers; a phase that trains the others says `backprop`",
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
                "all numbers from that of the first learner to the last layer's, for the gradient comes from there",
            ),
            _ => Ok(learners),
        }
    }
}

/// Indices, each once and in order, of layers that are numbered from 1.
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
