//! Accuracy of every layer: classifiers fitted on training images, their hyperparameters chosen on validation images.

mod kept;
mod streamed;

use super::data::{Data, Source};
use super::{Protocol, ReadoutConfig};
use crate::Result;
use hebb_core::Backend;
use hebb_core::layer::Learning;
use hebb_core::network::Network;
use hebb_core::readout::{Classifier, Fitted, RidgeRegression};
use hebb_core::source::{ImageSource, Order};
use kept::Features;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

/// How well a classifier reads the classes out of one layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerAccuracy {
    /// The layer, from 1.
    pub layer: usize,
    /// The kind of classifier.
    #[serde(default = "ridge")]
    pub classifier: String,
    /// Features of an image.
    pub features: usize,
    /// The hyperparameter's value chosen on the validation images: ridge's alpha, the SVM's C, the number of neighbours.
    #[serde(default, alias = "alpha", skip_serializing_if = "Option::is_none")]
    pub chosen: Option<f64>,
    /// Accuracy on the validation images with that value, from 0 to 1; absent where there was nothing to choose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<f64>,
    /// Accuracy on the test images of the classifier fitted on training and validation images together, from 0 to 1.
    pub test: f64,
}

/// The only classifier of the results that name none.
fn ridge() -> String {
    "ridge".to_owned()
}

/// Which features are read, and how.
#[derive(Clone, Debug)]
pub struct Reading<'a> {
    /// From outputs to features, and what adapts meanwhile.
    pub config: &'a ReadoutConfig,
    /// The layers that are read, counted from 0.
    pub layers: Vec<usize>,
    /// Images in a batch.
    pub batch: usize,
}

/// What reads one layer out.
struct Readout {
    /// Its place among the layers that are read.
    place: usize,
    classifier: &'static str,
    fitted: Fitted,
}

/// Rows of test features that are classified at a time.
const GATHERED: usize = 1000;

/// Reads layers of a network out, with every classifier of `config`.
///
/// With [`Protocol::Frozen`] nothing of the network changes; with [`Protocol::Author`] thresholds go on adapting.
///
/// # Errors
/// A layer that does not exist, features that do not fit or cannot be solved for, or the source's or backend's own failure.
pub fn evaluate<B: Backend>(
    network: &mut Network<B>,
    data: &mut Data,
    config: &ReadoutConfig,
    batch: usize,
) -> Result<Vec<LayerAccuracy>> {
    if config.classifiers.is_empty() {
        return Ok(Vec::new());
    }
    let layers = config.layers_of(network.layers().len())?;
    let reading = Reading {
        config,
        layers,
        batch,
    };
    let ridges: Option<Vec<_>> = config.classifiers.iter().map(as_ridge).collect();
    let readouts = match ridges {
        Some(ridges) => streamed::fit(network, data, &reading, &ridges)?,
        None => kept::fit(network, data, &reading)?,
    };
    let correct = score(network, &mut data.test, &reading, &readouts)?;
    let images = data.test.images().max(1) as f64;
    let accuracy = |(readout, correct): (&Readout, usize)| LayerAccuracy {
        layer: reading.layers[readout.place] + 1,
        classifier: readout.classifier.to_owned(),
        features: readout.fitted.model.width(),
        chosen: readout.fitted.chosen,
        validation: readout.fitted.validation,
        test: correct as f64 / images,
    };
    Ok(readouts.iter().zip(correct).map(accuracy).collect())
}

fn as_ridge(classifier: &Classifier) -> Option<&RidgeRegression> {
    match classifier {
        Classifier::Ridge(ridge) => Some(ridge),
        _ => None,
    }
}

/// How many test images each readout gives their class.
fn score<B: Backend>(
    network: &mut Network<B>,
    test: &mut Source,
    reading: &Reading<'_>,
    readouts: &[Readout],
) -> Result<Vec<usize>> {
    let backend = std::sync::Arc::clone(network.backend());
    let mut correct = vec![0; readouts.len()];
    let mut waiting = vec![Features::default(); reading.layers.len()];
    let mut classify = |place: usize, features: &mut Features| {
        for (readout, correct) in readouts.iter().zip(&mut correct) {
            if readout.place == place {
                let model = &readout.fitted.model;
                *correct += model.correct(&*backend, features.matrix()?, features.labels())?;
            }
        }
        features.clear();
        Ok(())
    };
    pass(network, test, reading, &mut |place, features, labels| {
        waiting[place].push(&features, labels);
        match waiting[place].len() >= GATHERED {
            true => classify(place, &mut waiting[place]),
            false => Ok(()),
        }
    })?;
    let mut rest = waiting.iter_mut().enumerate();
    rest.try_for_each(|(place, features)| classify(place, features))?;
    Ok(correct)
}

/// What takes the features of a batch: the layer's place among those that are read, features (B, F) and labels.
pub type FeatureSink<'a> = dyn FnMut(usize, Array2<f32>, &[u16]) -> hebb_core::Result<()> + 'a;

/// Calls `each` with the features of each layer that is read, for every batch.
///
/// # Errors
/// The source's, the network's, or the first of `each`.
pub fn pass<B: Backend>(
    network: &mut Network<B>,
    source: &mut Source,
    reading: &Reading<'_>,
    each: &mut FeatureSink<'_>,
) -> Result<()> {
    let Reading {
        config,
        layers,
        batch,
    } = reading;
    let (order, learning) = match config.protocol {
        Protocol::Frozen => (Order::Stored, Learning::NONE),
        Protocol::Author => (
            Order::Epoch(0),
            Learning {
                thresholds: true,
                ..Learning::NONE
            },
        ),
    };
    // Features may be what the layer above makes of the output.
    let above = layers.iter().max().map_or(0, |last| last + 2);
    let learning = vec![learning; above.min(network.layers().len())];
    source.for_each(order, *batch, &mut |batch| {
        network.process(batch.images, &learning)?;
        let mut layers = layers.iter().enumerate();
        layers.try_for_each(|(place, &layer)| {
            each(place, network.features(layer, config.features)?, batch.labels)
        })
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_of_the_time_before_classifiers_are_still_read() {
        let text = r#"{ "layer": 1, "features": 384, "alpha": 10.0, "validation": 0.5, "test": 0.25 }"#;
        let accuracy: LayerAccuracy = serde_json::from_str(text).unwrap();
        assert_eq!(
            (accuracy.classifier.as_str(), accuracy.chosen),
            ("ridge", Some(10.0))
        );
        assert_eq!((accuracy.validation, accuracy.test), (Some(0.5), 0.25));
    }
}
