//! Classifiers of any kind, fitted on features kept in memory.

use super::reading::{Reading, Readout, pass};
use crate::Result;
use crate::experiment::data::Data;
use hebb_core::network::Network;
use hebb_core::readout::{Examples, fit as fit_classifier};
use hebb_core::source::BatchSource;
use hebb_core::{Backend, Error};
use ndarray::{Array2, ArrayView2};
use std::sync::Arc;

/// The features of one layer for many images, with their labels.
#[derive(Clone, Debug, Default)]
pub(in crate::experiment) struct Features {
    values: Vec<f32>,
    labels: Vec<u16>,
    width: usize,
}

impl Features {
    pub(in crate::experiment) fn push(&mut self, features: &Array2<f32>, labels: &[u16]) {
        self.width = features.ncols();
        match features.as_slice() {
            Some(values) => self.values.extend_from_slice(values),
            None => self.values.extend(features),
        }
        self.labels.extend_from_slice(labels);
    }

    pub(in crate::experiment) fn len(&self) -> usize {
        self.labels.len()
    }

    pub(in crate::experiment) fn labels(&self) -> &[u16] {
        &self.labels
    }

    /// (B, F).
    pub(in crate::experiment) fn matrix(&self) -> hebb_core::Result<ArrayView2<'_, f32>> {
        let shape = (self.len(), self.width);
        let fail = |error| Error::shape("the readout's features", format!("{shape:?}"), error);
        ArrayView2::from_shape(shape, &self.values).map_err(fail)
    }

    pub(in crate::experiment) fn clear(&mut self) {
        self.values.clear();
        self.labels.clear();
    }

    /// Reserves memory for all features at once, so that growing copies nothing.
    fn reserve(&mut self, images: usize, width: usize) {
        if self.values.is_empty() {
            self.values.reserve_exact(images * width);
        }
    }
}

/// Fits every classifier to every layer, training images first.
pub(super) fn fit<B: Backend>(
    network: &mut Network<B>,
    data: &mut Data,
    reading: &Reading<'_>,
) -> Result<Vec<Readout>> {
    let (training, validation) = (data.train.images(), data.held_out()?.images());
    let mut all = vec![Features::default(); reading.layers.len()];
    for source in [Some(&mut data.train), data.validation.as_mut()]
        .into_iter()
        .flatten()
    {
        pass(network, source, reading, &mut |place, features, labels| {
            all[place].reserve(training + validation, features.ncols());
            all[place].push(&features, labels);
            Ok(())
        })?;
    }
    let backend = Arc::clone(network.backend());
    let mut readouts = Vec::new();
    for (place, features) in all.into_iter().enumerate() {
        let examples = Examples {
            features: features.matrix()?,
            labels: features.labels(),
            classes: data.classes.len(),
        };
        for classifier in &reading.config.classifiers {
            readouts.push(Readout {
                place,
                classifier: classifier.name(),
                fitted: fit_classifier(&*backend, classifier, examples, training, data.train.seed())?,
            });
        }
    }
    Ok(readouts)
}
