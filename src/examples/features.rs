//! Features that a network learns without labels, and a ridge classifier on them beside one on random weights.

use hebb_learn::core::network::Network;
use hebb_learn::core::readout::{Classifier, Examples, FeatureMap, RidgeRegression, fit};
use hebb_learn::core::source::{BatchSource, Order};
use hebb_learn::core::train::{NoObserver, train};
use hebb_learn::core::{Backend, Seed};
use hebb_learn::cpu::CpuBackend;
use hebb_learn::experiment::{Data, Experiment, Fit};
use hebb_learn::{Result, core};
use ndarray::{Array2, Axis, concatenate};
use std::sync::Arc;

/// Features (B, F) of the second layer for every image, and the images' classes.
fn features<B: Backend>(
    network: &mut Network<B>,
    images: &mut dyn BatchSource,
) -> core::Result<(Array2<f32>, Vec<u16>)> {
    let map = FeatureMap {
        grid: 1,
        as_next_input: true,
    };
    let frozen = [core::layer::Learning::NONE; 2];
    let (mut blocks, mut labels) = (Vec::new(), Vec::new());
    images.for_each(Order::Stored, 100, &mut |batch| {
        network.process(batch.images, &frozen)?;
        blocks.push(network.features(1, map)?);
        labels.extend_from_slice(batch.labels);
        Ok(())
    })?;
    let views: Vec<_> = blocks.iter().map(|block| block.view()).collect();
    let all = concatenate(Axis(0), &views)
        .map_err(|error| core::Error::shape("features", "equal widths", error))?;
    Ok((all, labels))
}

/// Test accuracy of a ridge classifier on the network's features.
fn accuracy<B: Backend>(network: &mut Network<B>, data: &mut Data) -> Result<f64> {
    let (train, labels) = features(network, &mut data.train)?;
    let (test, answers) = features(network, &mut data.test)?;
    let examples = Examples {
        features: train.view(),
        labels: &labels,
        classes: data.classes.len(),
    };
    let ridge = Classifier::Ridge(RidgeRegression { alphas: vec![1.0] });
    let backend = Arc::clone(network.backend());
    let fitted = fit(&*backend, &ridge, examples, labels.len(), Seed::new(0))?;
    let correct = fitted.model.correct(&*backend, test.view(), &answers)?;
    Ok(correct as f64 / answers.len() as f64)
}

fn main() -> Result<()> {
    let experiment = Experiment::open("quickstart", &["data.limit=1000".to_owned()])?;
    let mut data = Data::load(&experiment, None, Fit::Train)?;
    let (backend, seed) = (Arc::new(CpuBackend::new()), Seed::new(0));
    let mut network = Network::new(backend, data.train.shape(), &experiment.layers, seed)?;
    let random = accuracy(&mut network, &mut data)?;
    for phase in experiment.training.iter() {
        train(&mut network, &mut data.train, phase, &mut NoObserver)?;
    }
    let learned = accuracy(&mut network, &mut data)?;
    println!(
        "random weights {:.1} %, learned {:.1} %",
        100.0 * random,
        100.0 * learned
    );
    Ok(())
}
