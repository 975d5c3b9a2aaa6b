//! Operations on finished runs: evaluation and feature extraction.

use super::data::{Data, Fit, Source};
use super::evaluate::{Features, Reading, evaluate, pass};
use super::folder::Run;
use super::run::read_output;
use super::{Experiment, LayerAccuracy, OutputAccuracy, Protocol, ReadoutConfig};
use crate::files::write_atomically;
use crate::select::WithBackend;
use crate::{Error, Result};
use hebb_core::layer::Tensors;
use hebb_core::network::Network;
use hebb_core::source::BatchSource;
use hebb_core::{Backend, Seed};
use ndarray::aview1;
use ndarray_npy::NpzWriter;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Evaluation of a finished run.
#[derive(Debug)]
pub struct Evaluation<'a> {
    /// The run.
    pub run: &'a Run,
    /// Folder to search for datasets first.
    pub data: Option<PathBuf>,
    /// Adaptation while features are collected. Default: as in the run.
    pub protocol: Option<Protocol>,
}

/// Extraction of the features of a finished run, for all images.
#[derive(Debug)]
pub struct Extraction<'a> {
    /// The run.
    pub run: &'a Run,
    /// Folder to search for datasets first.
    pub data: Option<PathBuf>,
    /// The .npz file to write.
    pub out: &'a Path,
}

/// A finished run, restored.
struct RestoredRun<B: Backend> {
    experiment: Experiment,
    data: Data,
    network: Network<B>,
}

/// Accuracies of a finished run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluated {
    /// Accuracies of the layers.
    pub layers: Vec<LayerAccuracy>,
    /// Accuracy of the network's own output, if it is a classifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<OutputAccuracy>,
}

impl WithBackend for Evaluation<'_> {
    type Out = Evaluated;

    fn run<B: Backend>(self, backend: B) -> Result<Self::Out> {
        let RestoredRun {
            experiment,
            mut data,
            mut network,
        } = restore_run(self.run, self.data.as_deref(), backend)?;
        let config = ReadoutConfig {
            protocol: self.protocol.unwrap_or(experiment.readout.protocol),
            ..experiment.readout
        };
        let batch = experiment.training.batch();
        let output = read_output(&mut network, &mut data, batch)?;
        let layers = evaluate(&mut network, &mut data, &config, batch)?;
        Ok(Evaluated { layers, output })
    }
}

impl WithBackend for Extraction<'_> {
    /// The name and shape of each array written.
    type Out = Vec<(String, Vec<usize>)>;

    fn run<B: Backend>(self, backend: B) -> Result<Self::Out> {
        let mut restored = restore_run(self.run, self.data.as_deref(), backend)?;
        let failed = |error| Error::format(self.out, format!("it could not be written: {error}"));
        let mut written = Vec::new();
        write_atomically(self.out, |file| {
            let mut archive = NpzWriter::new(file);
            for (split, name) in ["train", "validation", "test"].into_iter().enumerate() {
                let layers = restored.collect(split)?;
                let labels = aview1(layers.first().map_or(&[], Features::labels));
                let key = format!("{name}.labels");
                archive.add_array(&key, &labels).map_err(failed)?;
                written.push((key, labels.shape().to_vec()));
                for (layer, features) in layers.iter().enumerate() {
                    let features = features.matrix()?;
                    let key = format!("{name}.layer{}", layer + 1);
                    archive.add_array(&key, &features).map_err(failed)?;
                    written.push((key, features.shape().to_vec()));
                }
            }
            archive.finish().map(drop).map_err(failed)
        })?;
        Ok(written)
    }
}

impl<B: Backend> RestoredRun<B> {
    /// Features of every layer for a split, 0 to 2 for training, validation and test.
    fn collect(&mut self, split: usize) -> Result<Vec<Features>> {
        let source: &mut Source = match split {
            0 => &mut self.data.train,
            1 => self.data.held_out()?,
            _ => &mut self.data.test,
        };
        let layers = self.network.layers().len();
        let reading = Reading {
            config: &self.experiment.readout,
            layers: (0..layers).collect(),
            batch: self.experiment.training.batch(),
        };
        let mut all = vec![Features::default(); layers];
        pass(
            &mut self.network,
            source,
            &reading,
            &mut |layer, features, labels| {
                all[layer].push(&features, labels);
                Ok(())
            },
        )?;
        Ok(all)
    }
}

fn restore_run<B: Backend>(run: &Run, folder: Option<&Path>, backend: B) -> Result<RestoredRun<B>> {
    let experiment = run.experiment()?;
    let tensors = run.weights()?;
    let preprocess: Tensors = tensors
        .iter()
        .filter_map(|(name, array)| Some((name.strip_prefix("preprocess.")?.to_owned(), array.clone())))
        .collect();
    let data = Data::load(&experiment, folder, Fit::Saved(&preprocess))?;
    let seed = Seed::new(experiment.seed);
    let mut network = Network::new(Arc::new(backend), data.train.shape(), &experiment.layers, seed)?;
    network.restore(&tensors)?;
    Ok(RestoredRun {
        experiment,
        data,
        network,
    })
}
