//! Accuracy of every layer: classifiers fitted on training images, their hyperparameters chosen on validation images.

mod kept;
mod reading;
mod streamed;

pub(super) use kept::Features;
pub use reading::{FeatureSink, Reading, pass};

use super::ReadoutConfig;
use super::data::{Data, Source};
use super::result::LayerAccuracy;
use crate::Result;
use hebb_core::Backend;
use hebb_core::network::Network;
use hebb_core::readout::{Classifier, RidgeRegression};
use hebb_core::source::BatchSource;
use reading::Readout;

/// Number of test images that are classified at a time.
const GATHERED: usize = 1000;

/// Fits every classifier of `config` to every layer that is read out, and measures it on the test images.
///
/// With [`super::Protocol::Frozen`] nothing of the network changes; with [`super::Protocol::Author`] thresholds go on adapting.
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
        hyperparameter: readout.fitted.hyperparameter,
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

/// Number of test images that each classifier names correctly.
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
