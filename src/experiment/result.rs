//! Results of a run.

use super::machine::Machine;
use serde::{Deserialize, Serialize};

/// The result of a run; `result.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunResult {
    /// The experiment's name.
    pub name: String,
    /// The seed.
    pub seed: u64,
    /// The dataset.
    pub dataset: String,
    /// CRC-32 over the pixels and labels of the training and test images, in hexadecimal.
    pub data_checksum: String,
    /// Number of training, validation and test images.
    pub images: [usize; 3],
    /// Accuracies of the layers.
    pub layers: Vec<LayerAccuracy>,
    /// Accuracies of the layers of the untrained network.
    pub control: Vec<LayerAccuracy>,
    /// Accuracy of the network's own output, if it is a classifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<OutputAccuracy>,
    /// Seconds spent in each phase.
    pub seconds: Seconds,
    /// Training throughput in images per second.
    pub images_per_second: f64,
    /// Peak memory in bytes, if the system reports it.
    pub peak_memory: Option<u64>,
    /// The backend.
    pub backend: String,
    /// The version of hebb.
    pub version: String,
    /// The machine.
    pub machine: Machine,
}

/// Accuracy of one classifier on one layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerAccuracy {
    /// The layer, from 1.
    pub layer: usize,
    /// The kind of classifier.
    #[serde(default = "ridge")]
    pub classifier: String,
    /// Number of features of an image.
    pub features: usize,
    /// The selected hyperparameter: alpha of ridge, C of the SVM, k of the neighbours. Former results call it `chosen`.
    #[serde(
        default,
        alias = "alpha",
        alias = "chosen",
        skip_serializing_if = "Option::is_none"
    )]
    pub hyperparameter: Option<f64>,
    /// Accuracy on the validation images with that value, from 0 to 1; absent where there was nothing to choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<f64>,
    /// Accuracy on the test images of the classifier fitted on training and validation images together, from 0 to 1.
    pub test: f64,
}

/// The classifier of results that name none.
fn ridge() -> String {
    "ridge".to_owned()
}

/// Accuracy of the network itself: the class is the index of the largest output.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputAccuracy {
    /// Accuracy on the validation images, from 0 to 1; absent if none are set aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<f64>,
    /// Accuracy on the test images, from 0 to 1.
    pub test: f64,
}

/// Wall-clock seconds of each part of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seconds {
    /// Loading and fitting the preprocessing.
    pub data: f64,
    /// The untrained control: burn-in and readout.
    pub control: f64,
    /// Training.
    pub training: f64,
    /// Readout of the trained network.
    pub readout: f64,
}

impl Seconds {
    /// Seconds of all parts together.
    pub(crate) fn total(&self) -> f64 {
        self.data + self.control + self.training + self.readout
    }
}

/// Metrics of one epoch; a line of `metrics.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochMetrics {
    /// The phase, from 1.
    #[serde(default = "first")]
    pub phase: usize,
    /// The layer that learned, from 1; absent if several did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<usize>,
    /// The epoch of the phase, from 1.
    pub epoch: u64,
    /// Duration in seconds.
    pub seconds: f64,
    /// Images per second.
    pub images_per_second: f64,
    /// Mean loss of layers trained by gradient descent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<f64>,
    /// Accuracy of the network's output on the validation images, in a phase that keeps its best epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<f64>,
    /// The norm of the last ΔW of each layer, over all its weights; with backpropagation, of the last gradient.
    pub update_norms: Vec<f64>,
}

fn first() -> usize {
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_former_versions_are_still_read() {
        for name in ["alpha", "chosen", "hyperparameter"] {
            let text = format!(
                r#"{{ "layer": 1, "features": 384, "{name}": 10.0, "validation": 0.5, "test": 0.25 }}"#
            );
            let accuracy: LayerAccuracy = serde_json::from_str(&text).unwrap();
            assert_eq!(
                (accuracy.classifier.as_str(), accuracy.hyperparameter),
                ("ridge", Some(10.0))
            );
            assert_eq!((accuracy.validation, accuracy.test), (Some(0.5), 0.25));
        }
    }
}
