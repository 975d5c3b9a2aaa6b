//! An experiment as a TOML file spells it.

use super::Phases;
use hebb_core::network::LayerSpec;
use hebb_core::readout::{Classifier, FeatureMap, RidgeRegression};
use hebb_core::{Error, Result};
use hebb_data::TransformSpec;
use hebb_data::augment::AugmentSpec;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// A whole experiment: data, layers, training, readout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Experiment {
    /// A short name; the run folder's default.
    pub name: String,
    /// What it shows, in a sentence.
    #[serde(default)]
    pub description: String,
    /// The one seed that fixes everything.
    #[serde(default)]
    pub seed: u64,
    /// The images.
    pub data: DataConfig,
    /// How the network is trained.
    #[serde(default)]
    pub training: Phases,
    /// How classes are read out of each layer.
    #[serde(default)]
    pub readout: ReadoutConfig,
    /// Layers that come from other runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<Taken>,
    /// The layers, from the image on.
    pub layers: Vec<LayerSpec>,
}

/// Which images, and what is done to them first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DataConfig {
    /// A dataset's name in the registry.
    pub dataset: String,
    /// Training images set aside for choosing the options of readouts.
    pub validation: usize,
    /// At most so many images of each split; all when not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// How training images are varied from epoch to epoch.
    #[serde(default)]
    pub augment: AugmentSpec,
    /// Transforms in order, fitted on training images.
    #[serde(default)]
    pub preprocess: Vec<TransformSpec>,
}

/// How classes are read out, and what may adapt meanwhile.
///
/// | key | default | meaning |
/// |---|---|---|
/// | `features` | `{ grid = 2, as-next-input = true }` | from outputs to features |
/// | `layers` | all | the layers that are read out, from 1 |
/// | `classifiers` | `[{ kind = "ridge" }]` | what reads them; see [`Classifier`] and `hebb list classifiers` |
/// | `protocol` | `"frozen"` | what happens while features are collected |
/// | `control` | `true` | whether the random weights that training starts from are read out too |
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ReadoutConfig {
    /// From outputs to features.
    pub features: FeatureMap,
    /// The layers that are read out, from 1; all when none is given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<usize>,
    /// What reads them, hyperparameters being chosen on the validation images; with none nothing is read out.
    pub classifiers: Vec<Classifier>,
    /// What happens while features are collected.
    pub protocol: Protocol,
    /// Whether the random weights that training starts from are read out too.
    pub control: bool,
}

/// What happens while features are collected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Protocol {
    /// Nothing adapts and no image is altered.
    #[default]
    Frozen,
    /// As in Miconi's published code: thresholds go on adapting, on test images too, and images are mirrored at random.
    Author,
}

/// Layers whose weights come from a finished run with the same layers in the same places.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Taken {
    /// The run folder.
    pub run: PathBuf,
    /// The layers, from 1.
    pub layers: Vec<usize>,
}

impl Default for ReadoutConfig {
    fn default() -> Self {
        Self {
            features: FeatureMap {
                grid: 2,
                as_next_input: true,
            },
            layers: Vec::new(),
            classifiers: vec![Classifier::Ridge(RidgeRegression::default())],
            protocol: Protocol::Frozen,
            control: true,
        }
    }
}

impl ReadoutConfig {
    /// The layers that are read out of a network of so many, counted from 0.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a layer that does not exist.
    pub fn layers_of(&self, layers: usize) -> Result<Vec<usize>> {
        match self.layers.iter().find(|&&layer| layer == 0 || layer > layers) {
            Some(layer) => {
                let range = format!("from 1 to {layers}, the layers that there are");
                Err(Error::parameter("readout", "layers", layer, range))
            }
            None if self.layers.is_empty() => Ok((0..layers).collect()),
            None => Ok(self.layers.iter().map(|layer| layer - 1).collect()),
        }
    }

    /// Checks the classifiers, and that the layers exist in a network of so many.
    pub(super) fn check(&self, layers: usize) -> Result<()> {
        self.layers_of(layers)?;
        self.classifiers.iter().try_for_each(Classifier::check)
    }
}
