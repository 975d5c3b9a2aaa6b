//! Operations on finished runs: evaluation and feature extraction.

use super::data::{Data, Fit, Source};
use super::evaluate::{Reading, evaluate, pass};
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
use ndarray::{Array1, Array2};
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
                let (labels, features) = restored.collect(split)?;
                let key = format!("{name}.labels");
                archive.add_array(&key, &labels).map_err(failed)?;
                written.push((key, labels.shape().to_vec()));
                for (layer, features) in features.iter().enumerate() {
                    let key = format!("{name}.layer{}", layer + 1);
                    archive.add_array(&key, features).map_err(failed)?;
                    written.push((key, features.shape().to_vec()));
                }
            }
            archive.finish().map(drop).map_err(failed)
        })?;
        Ok(written)
    }
}

impl<B: Backend> RestoredRun<B> {
    /// Labels and the features of every layer of a split, 0 to 2 for training, validation and test.
    fn collect(&mut self, split: usize) -> Result<(Array1<u16>, Vec<Array2<f32>>)> {
        let Self {
            experiment,
            data,
            network,
        } = self;
        let source: &mut Source = match split {
            0 => &mut data.train,
            1 => data.held_out()?,
            _ => &mut data.test,
        };
        let mut all = (
            Vec::with_capacity(source.images()),
            vec![Vec::new(); network.layers().len()],
        );
        let mut widths = vec![0; all.1.len()];
        let reading = Reading {
            config: &experiment.readout,
            layers: (0..network.layers().len()).collect(),
            batch: experiment.training.batch(),
        };
        pass(network, source, &reading, &mut |layer, features, labels| {
            widths[layer] = features.ncols();
            all.1[layer].extend(features.iter());
            if layer == 0 {
                all.0.extend_from_slice(labels);
            }
            Ok(())
        })?;
        let count = all.0.len();
        let matrix = |(values, width): (Vec<f32>, usize)| {
            let found = values.len();
            Array2::from_shape_vec((count, width), values)
                .map_err(|_| hebb_core::Error::shape("the features", format!("{count}x{width}"), found))
        };
        let features = all
            .1
            .into_iter()
            .zip(widths)
            .map(matrix)
            .collect::<Result<_, _>>()?;
        Ok((Array1::from(all.0), features))
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
