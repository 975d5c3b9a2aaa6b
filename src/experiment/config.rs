//! The experiment file: data, layers, training and readout.

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
    /// A short name, which is also the default name of the run folder.
    pub name: String,
    /// A sentence about the experiment.
    #[serde(default)]
    pub description: String,
    /// The random seed; it fixes every result.
    #[serde(default)]
    pub seed: u64,
    /// The images.
    pub data: DataConfig,
    /// The phases of training.
    #[serde(default)]
    pub training: Phases,
    /// The classifiers on each layer.
    #[serde(default)]
    pub readout: ReadoutConfig,
    /// Pretrained layers from other runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<PretrainedLayers>,
    /// The layers, the first one on the image.
    pub layers: Vec<LayerSpec>,
}

/// Dataset, splits, augmentation and preprocessing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DataConfig {
    /// Name of the dataset in the registry.
    pub dataset: String,
    /// Number of training images set aside for choosing hyperparameters of classifiers.
    pub validation: usize,
    /// Largest number of images of each split. Default: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Augmentation of the training images.
    #[serde(default)]
    pub augment: AugmentSpec,
    /// Transforms in order, fitted on the training images.
    #[serde(default)]
    pub preprocess: Vec<TransformSpec>,
}

/// Classifiers on the features of each layer.
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
    /// Map from a layer's output to features.
    pub features: FeatureMap,
    /// Layers that are read out, from 1; all if empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<usize>,
    /// Classifiers, whose hyperparameters are chosen on the validation images; none if empty.
    pub classifiers: Vec<Classifier>,
    /// Adaptation while features are collected.
    pub protocol: Protocol,
    /// Reads out the network's initial random weights as well, as a control.
    pub control: bool,
}

/// Adaptation while features are collected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Protocol {
    /// Nothing adapts and images are not augmented.
    #[default]
    Frozen,
    /// As in Miconi's published code: thresholds go on adapting, on test images too, and images are mirrored at random.
    Author,
}

/// Layers whose weights come from a finished run that has the same layers at the same positions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PretrainedLayers {
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
    /// The layers that are read out of a network of `layers` layers, counted from 0.
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

    /// Checks the classifiers, and that the layers exist in a network of `layers` layers.
    pub(super) fn check(&self, layers: usize) -> Result<()> {
        self.layers_of(layers)?;
        self.classifiers.iter().try_for_each(Classifier::check)
    }
}
