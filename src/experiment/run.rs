//! A run: data, random control, training, readout, run folder.

use super::Experiment;
use super::clock::Clock;
use super::data::{Data, Fit};
use super::evaluate::evaluate;
use super::folder::RunWriter;
use super::machine::{Machine, peak_memory};
use super::output::{accuracy, classifies};
use super::result::{LayerAccuracy, OutputAccuracy, RunResult, Seconds};
use super::training::train_phases;
use super::watcher::Watcher;
use crate::select::WithBackend;
use crate::{Result, filters};
use hebb_core::layer::LayerConfig;
use hebb_core::network::{LayerSpec, Network};
use hebb_core::source::BatchSource;
use hebb_core::train::adapt_thresholds;
use hebb_core::{Backend, Seed};
use std::path::PathBuf;
use std::sync::Arc;

/// A run of an experiment, generic over the backend.
#[derive(Debug)]
pub struct RunTask<'a, W> {
    /// The experiment.
    pub experiment: &'a Experiment,
    /// Folder to search for datasets first.
    pub data: Option<PathBuf>,
    /// The run folder to write.
    pub out: PathBuf,
    /// Observer of the run.
    pub watcher: &'a mut W,
}

/// Fewest batches that the thresholds of the control adapt on.
const SETTLING: u64 = 100;

impl<W: Watcher> WithBackend for RunTask<'_, W> {
    type Out = (PathBuf, RunResult);

    fn run<B: Backend>(self, backend: B) -> Result<Self::Out> {
        let RunTask {
            experiment, watcher, ..
        } = self;
        let mut writer = RunWriter::create(&self.out)?;
        writer.config(experiment)?;
        let mut clock = Clock::start();
        let mut seconds = Seconds::default();
        watcher.phase("data");
        let mut data = Data::load(experiment, self.data.as_deref(), Fit::Train)?;
        seconds.data = clock.lap();
        watcher.note(&data.describe(experiment));

        let backend = Arc::new(backend);
        let mut network = untrained(&backend, experiment, &data)?;
        // What cannot be trained is refused before the control, which takes its time.
        for phase in experiment.training.iter() {
            phase.learners(&network)?;
        }
        let mut control = Vec::new();
        if experiment.readout.control {
            watcher.phase("random control");
            control = read_control(untrained(&backend, experiment, &data)?, experiment, &mut data)?;
        }
        seconds.control = clock.lap();

        watcher.phase("training");
        let images = train_phases(experiment, &mut network, &mut data, &mut writer, watcher)?;
        seconds.training = clock.lap();
        // Saved before the readout, which may let thresholds adapt.
        save(&writer, experiment, &network, &data)?;

        watcher.phase("readout");
        let batch = experiment.training.batch();
        let output = read_output(&mut network, &mut data, batch)?;
        let layers = evaluate(&mut network, &mut data, &experiment.readout, batch)?;
        seconds.readout = clock.lap();
        let result = RunResult {
            layers,
            control,
            output,
            seconds,
            images_per_second: images as f64 / seconds.training.max(1e-9),
            ..RunResult::of::<B>(experiment, &data)
        };
        writer.result(&result)?;
        Ok((writer.finish()?, result))
    }
}

/// The untrained network: random weights, except for pretrained layers.
fn untrained<B: Backend>(backend: &Arc<B>, experiment: &Experiment, data: &Data) -> Result<Network<B>> {
    let seed = Seed::new(experiment.seed);
    let mut network = Network::new(Arc::clone(backend), data.train.shape(), &experiment.layers, seed)?;
    network.set_classes(data.train.classes())?;
    let taken = experiment.taken.iter();
    taken
        .into_iter()
        .try_for_each(|taken| taken.restore(experiment, &mut network))?;
    Ok(network)
}

/// Accuracies of the untrained network, after its thresholds have adapted.
fn read_control<B: Backend>(
    mut network: Network<B>,
    experiment: &Experiment,
    data: &mut Data,
) -> Result<Vec<LayerAccuracy>> {
    let batch = experiment.training.batch();
    let mut hebbian = experiment.layers.iter().filter_map(LayerSpec::hebb);
    if !experiment.readout.classifiers.is_empty() && hebbian.any(LayerConfig::adapts_thresholds) {
        let batches = experiment.training.burn_in().max(SETTLING);
        adapt_thresholds(&mut network, &mut data.train, batch, batches)?;
    }
    evaluate(&mut network, data, &experiment.readout, batch)
}

/// Accuracy of the network's own output, if it is a classifier.
pub(super) fn read_output<B: Backend>(
    network: &mut Network<B>,
    data: &mut Data,
    batch: usize,
) -> Result<Option<OutputAccuracy>> {
    if !classifies(network, data.classes.len())? {
        return Ok(None);
    }
    let validation = data.validation.as_mut();
    let validation = validation.map(|source| accuracy(network, 0, source, batch));
    Ok(Some(OutputAccuracy {
        validation: validation.transpose()?,
        test: accuracy(network, 0, &mut data.test, batch)?,
    }))
}

/// Writes the weights, the fitted transforms and the pictures.
fn save<B: Backend>(
    writer: &RunWriter,
    experiment: &Experiment,
    network: &Network<B>,
    data: &Data,
) -> Result<()> {
    let mut tensors = network.tensors()?;
    let fitted = data.pipeline.tensors().into_iter();
    tensors.extend(fitted.map(|(name, array)| (format!("preprocess.{name}"), array)));
    writer.weights(&tensors)?;
    filters::save(&filters::pictures(&experiment.layers, &tensors)?, writer.folder())?;
    Ok(())
}

impl RunResult {
    /// A result without figures: the experiment, its data and the machine.
    fn of<B: Backend>(experiment: &Experiment, data: &Data) -> Self {
        let validation = data.validation.as_ref().map_or(0, |source| source.images());
        Self {
            name: experiment.name.clone(),
            seed: experiment.seed,
            dataset: experiment.data.dataset.clone(),
            data_checksum: data.checksum.clone(),
            images: [data.train.images(), validation, data.test.images()],
            layers: Vec::new(),
            control: Vec::new(),
            output: None,
            seconds: Seconds::default(),
            images_per_second: 0.0,
            peak_memory: peak_memory(),
            backend: B::NAME.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            machine: Machine::here(),
        }
    }
}
