//! Accuracy of every layer: a ridge readout fitted on training images, its alpha chosen on validation images.

use super::data::{Data, Source};
use super::{Protocol, ReadoutConfig};
use crate::Result;
use hebb_core::Backend;
use hebb_core::layer::Learning;
use hebb_core::network::Network;
use hebb_core::readout::{Ridge, RidgeSums};
use hebb_core::source::{ImageSource, Order};
use ndarray::{Array2, Axis, concatenate};
use serde::{Deserialize, Serialize};

/// How well classes can be read out of one layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerAccuracy {
    /// The layer, from 1.
    pub layer: usize,
    /// Features of an image.
    pub features: usize,
    /// The penalty chosen on the validation images.
    pub alpha: f64,
    /// Accuracy on the validation images with that penalty, from 0 to 1.
    pub validation: f64,
    /// Accuracy on the test images of the readout fitted on training and validation images together, from 0 to 1.
    pub test: f64,
}

/// Rows of features that are gathered before their Gram matrix is taken.
const GATHERED: usize = 1000;

/// Reads every layer of a network out.
///
/// With [`Protocol::Frozen`] nothing of the network changes; with [`Protocol::Author`] thresholds go on adapting.
///
/// # Errors
/// Features that do not fit or cannot be solved for, or the source's or backend's own failure.
pub fn evaluate<B: Backend>(
    network: &mut Network<B>,
    data: &mut Data,
    config: &ReadoutConfig,
    batch: usize,
) -> Result<Vec<LayerAccuracy>> {
    let classes = data.classes.len();
    let train = gather(network, &mut data.train, config, batch, classes)?;
    let held_out = data.held_out()?;
    let (validation, held_out) = gather_kept(network, held_out, config, batch, classes)?;
    let mut readouts = Vec::with_capacity(train.len());
    for ((train, validation), (features, labels)) in train.iter().zip(&validation).zip(&held_out) {
        let chosen = choose(train, &config.alphas, features, labels)?;
        readouts.push((chosen, train.merged(validation).solve(chosen.alpha)?));
    }
    let mut correct = vec![0; readouts.len()];
    let mut seen = 0;
    pass(
        network,
        &mut data.test,
        config,
        batch,
        &mut |layer, features, labels| {
            correct[layer] += readouts[layer].1.correct(features.view(), labels);
            seen += if layer == 0 { labels.len() } else { 0 };
            Ok(())
        },
    )?;
    let accuracy = |(layer, (chosen, ridge)): (usize, &(Chosen, Ridge))| LayerAccuracy {
        layer: layer + 1,
        features: ridge.weights.nrows(),
        alpha: chosen.alpha,
        validation: chosen.accuracy,
        test: correct[layer] as f64 / seen.max(1) as f64,
    };
    Ok(readouts.iter().enumerate().map(accuracy).collect())
}

/// What takes the features of a batch: the layer, from 0, features (B, F) and labels.
pub type FeatureSink<'a> = dyn FnMut(usize, Array2<f32>, &[u16]) -> hebb_core::Result<()> + 'a;

/// Calls `each` with the layer, features and labels of every batch.
///
/// # Errors
/// The source's, the network's, or the first of `each`.
pub fn pass<B: Backend>(
    network: &mut Network<B>,
    source: &mut Source,
    config: &ReadoutConfig,
    batch: usize,
    each: &mut FeatureSink<'_>,
) -> Result<()> {
    let layers = network.layers().len();
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
    let learning = vec![learning; layers];
    source.for_each(order, batch, &mut |batch| {
        network.process(batch.images, &learning)?;
        (0..layers).try_for_each(|layer| each(layer, network.features(layer, config.features)?, batch.labels))
    })?;
    Ok(())
}

#[derive(Clone, Copy)]
struct Chosen {
    alpha: f64,
    accuracy: f64,
}

/// The penalty with the best accuracy on held-out features; among equals the largest.
fn choose(train: &RidgeSums, alphas: &[f64], features: &Array2<f32>, labels: &[u16]) -> Result<Chosen> {
    let mut best: Option<Chosen> = None;
    let mut failure = None;
    for &alpha in alphas {
        let ridge = match train.solve(alpha) {
            Ok(ridge) => ridge,
            // A penalty too small for these features is passed over, unless all are.
            Err(error) => {
                failure = Some(error);
                continue;
            }
        };
        let accuracy = ridge.correct(features.view(), labels) as f64 / labels.len().max(1) as f64;
        if best
            .is_none_or(|best| accuracy > best.accuracy || (accuracy == best.accuracy && alpha > best.alpha))
        {
            best = Some(Chosen { alpha, accuracy });
        }
    }
    match (best, failure) {
        (Some(best), _) => Ok(best),
        (None, Some(error)) => Err(error.into()),
        (None, None) => Ok(Chosen {
            alpha: 0.0,
            accuracy: 0.0,
        }),
    }
}

type Kept = (Array2<f32>, Vec<u16>);

fn gather<B: Backend>(
    network: &mut Network<B>,
    source: &mut Source,
    config: &ReadoutConfig,
    batch: usize,
    classes: usize,
) -> Result<Vec<RidgeSums>> {
    let mut gathered: Vec<Gathered> = Vec::new();
    let backend = std::sync::Arc::clone(network.backend());
    pass(network, source, config, batch, &mut |layer, features, labels| {
        if gathered.len() == layer {
            gathered.push(Gathered::new(features.ncols(), classes));
        }
        gathered[layer].add(&*backend, features, labels)
    })?;
    gathered
        .into_iter()
        .map(|gathered| Ok(gathered.finish(&*backend)?))
        .collect()
}

fn gather_kept<B: Backend>(
    network: &mut Network<B>,
    source: &mut Source,
    config: &ReadoutConfig,
    batch: usize,
    classes: usize,
) -> Result<(Vec<RidgeSums>, Vec<Kept>)> {
    let mut parts: Vec<(Vec<Array2<f32>>, Vec<u16>)> = vec![Default::default(); network.layers().len()];
    pass(network, source, config, batch, &mut |layer, features, labels| {
        parts[layer].0.push(features);
        parts[layer].1.extend_from_slice(labels);
        Ok(())
    })?;
    let mut all = (Vec::new(), Vec::new());
    for (features, labels) in parts {
        let views: Vec<_> = features.iter().map(|part| part.view()).collect();
        let features = concatenate(Axis(0), &views).map_err(|error| {
            hebb_core::Error::shape("the validation features", "at least one image", error)
        })?;
        let mut sums = RidgeSums::new(features.ncols(), classes);
        sums.add(&**network.backend(), features.view(), &labels)?;
        all.0.push(sums);
        all.1.push((features, labels));
    }
    Ok(all)
}

/// Ridge sums that take the Gram matrix of many rows at a time.
struct Gathered {
    sums: RidgeSums,
    rows: Vec<f32>,
    labels: Vec<u16>,
}

impl Gathered {
    fn new(features: usize, classes: usize) -> Self {
        Self {
            sums: RidgeSums::new(features, classes),
            rows: Vec::new(),
            labels: Vec::new(),
        }
    }

    fn add<B: Backend>(
        &mut self,
        backend: &B,
        features: Array2<f32>,
        labels: &[u16],
    ) -> hebb_core::Result<()> {
        self.rows.extend(features.iter());
        self.labels.extend_from_slice(labels);
        if self.labels.len() >= GATHERED {
            self.flush(backend)
        } else {
            Ok(())
        }
    }

    fn flush<B: Backend>(&mut self, backend: &B) -> hebb_core::Result<()> {
        let shape = (self.labels.len(), self.rows.len() / self.labels.len().max(1));
        let rows = ndarray::ArrayView2::from_shape(shape, &self.rows);
        let rows =
            rows.map_err(|error| hebb_core::Error::shape("the features", format!("{shape:?}"), error))?;
        self.sums.add(backend, rows, &self.labels)?;
        self.rows.clear();
        self.labels.clear();
        Ok(())
    }

    fn finish<B: Backend>(mut self, backend: &B) -> hebb_core::Result<RidgeSums> {
        if !self.labels.is_empty() {
            self.flush(backend)?;
        }
        Ok(self.sums)
    }
}
