//! A whole run: data, random control, training, readout, folder.

use super::Experiment;
use super::data::{Data, Fit};
use super::evaluate::{LayerAccuracy, evaluate};
use super::folder::RunWriter;
use super::machine::{Machine, peak_memory};
use crate::select::WithBackend;
use crate::{Result, filters};
use hebb_core::layer::LayerConfig;
use hebb_core::network::Network;
use hebb_core::source::ImageSource;
use hebb_core::train::{Observer, Progress, TrainConfig, settle, train};
use hebb_core::{Backend, Seed};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// What a run gave; `result.json`.
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
    /// Images in the training, validation and test splits.
    pub images: [usize; 3],
    /// Accuracy of every layer.
    pub layers: Vec<LayerAccuracy>,
    /// The same for the random weights that training started from.
    pub control: Vec<LayerAccuracy>,
    /// Seconds spent in each phase.
    pub seconds: Seconds,
    /// Images a second in training.
    pub images_per_second: f64,
    /// The most memory held, in bytes, where the system tells.
    pub peak_memory: Option<u64>,
    /// The backend.
    pub backend: String,
    /// The version of hebb.
    pub version: String,
    /// The machine.
    pub machine: Machine,
}

/// Seconds of wall-clock time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Seconds {
    /// Loading and fitting the preprocessing.
    pub data: f64,
    /// The random control, settled and read out.
    pub control: f64,
    /// Training.
    pub training: f64,
    /// Reading the trained network out.
    pub readout: f64,
}

/// A line of `metrics.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochMetrics {
    /// The layer that learned, from 1; absent when all did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer: Option<usize>,
    /// The epoch, from 1.
    pub epoch: u64,
    /// Seconds that it took.
    pub seconds: f64,
    /// Images a second.
    pub images_per_second: f64,
    /// The norm of the last ΔW of each layer, over all its weights.
    pub update_norms: Vec<f64>,
}

/// Who watches a run.
pub trait Watcher {
    /// A phase begins.
    fn phase(&mut self, _name: &str) {}
    /// Something that the user should know.
    fn note(&mut self, _text: &str) {}
    /// A batch was trained on.
    fn batch(&mut self, _progress: Progress) {}
    /// An epoch ended.
    fn epoch(&mut self, _metrics: &EpochMetrics) {}
}

/// Nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Watcher for Unwatched {}

/// A run to be made on some backend.
#[derive(Debug)]
pub struct Task<'a, W> {
    /// The experiment.
    pub experiment: &'a Experiment,
    /// Where datasets are looked for first.
    pub data: Option<PathBuf>,
    /// The run folder to write.
    pub out: PathBuf,
    /// Who watches.
    pub watcher: &'a mut W,
}

/// Evaluation batches that thresholds of the control settle on at least.
const SETTLING: u64 = 100;

impl<W: Watcher> WithBackend for Task<'_, W> {
    type Out = (PathBuf, RunResult);

    fn run<B: Backend>(self, backend: B) -> Result<Self::Out> {
        let Task {
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
        if let Some(warning) = idle(&experiment.training, data.train.images()) {
            watcher.note(&warning);
        }

        let backend = Arc::new(backend);
        let (input, seed) = (data.train.shape(), Seed::new(experiment.seed));
        let classes = data.train.classes();
        let random = || {
            let mut network = Network::new(Arc::clone(&backend), input, &experiment.layers, seed)?;
            network.set_classes(classes).map(|()| network)
        };
        watcher.phase("random control");
        let control = read_control(random()?, experiment, &mut data)?;
        seconds.control = clock.lap();

        watcher.phase("training");
        let mut network = random()?;
        let mut recorder = Recorder {
            writer: &mut writer,
            watcher,
            clock: Clock::start(),
        };
        train(&mut network, &mut data.train, &experiment.training, &mut recorder)?;
        seconds.training = clock.lap();
        // Saved before the readout, which may let thresholds adapt.
        save(&writer, experiment, &network, &data)?;

        watcher.phase("readout");
        let layers = evaluate(
            &mut network,
            &mut data,
            &experiment.readout,
            experiment.training.batch,
        )?;
        seconds.readout = clock.lap();
        let result = describe::<B>(experiment, &data, layers, control, seconds);
        writer.result(&result)?;
        Ok((writer.finish()?, result))
    }
}

/// The accuracy of random weights, once their thresholds have settled.
fn read_control<B: Backend>(
    mut network: Network<B>,
    experiment: &Experiment,
    data: &mut Data,
) -> Result<Vec<LayerAccuracy>> {
    let TrainConfig { batch, burn_in, .. } = experiment.training;
    if experiment.layers.iter().any(LayerConfig::adapts_thresholds) {
        settle(&mut network, &mut data.train, batch, burn_in.max(SETTLING))?;
    }
    evaluate(&mut network, data, &experiment.readout, batch)
}

/// Writes the weights, what the preprocessing was fitted to, and the pictures.
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

fn describe<B: Backend>(
    experiment: &Experiment,
    data: &Data,
    layers: Vec<LayerAccuracy>,
    control: Vec<LayerAccuracy>,
    seconds: Seconds,
) -> RunResult {
    let phases = match experiment.training.mode {
        hebb_core::train::Mode::Joint => 1,
        hebb_core::train::Mode::Greedy => experiment.layers.len() as u64,
    };
    let trained = data.train.images() as f64 * (experiment.training.epochs * phases) as f64;
    RunResult {
        name: experiment.name.clone(),
        seed: experiment.seed,
        dataset: experiment.data.dataset.clone(),
        data_checksum: data.checksum.clone(),
        images: [data.train.images(), data.validation.images(), data.test.images()],
        layers,
        control,
        seconds,
        images_per_second: trained / seconds.training.max(1e-9),
        peak_memory: peak_memory(),
        backend: B::NAME.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        machine: Machine::here(),
    }
}

/// What to say of a training that would change no weight.
fn idle(training: &TrainConfig, images: usize) -> Option<String> {
    let TrainConfig { epochs, burn_in, .. } = training;
    (*epochs > 0 && training.learning_batches(images) == 0).then(|| {
        format!(
            "warning: no weight will change, because training.burn-in = {burn_in} covers every batch; lower it or \
             train for more epochs than {epochs}"
        )
    })
}

/// Seconds since the last lap.
struct Clock(Instant);

impl Clock {
    fn start() -> Self {
        Self(Instant::now())
    }

    fn lap(&mut self) -> f64 {
        let now = Instant::now();
        let seconds = now.duration_since(self.0).as_secs_f64();
        self.0 = now;
        seconds
    }
}

struct Recorder<'a, W> {
    writer: &'a mut RunWriter,
    watcher: &'a mut W,
    clock: Clock,
}

impl<B: Backend, W: Watcher> Observer<B> for Recorder<'_, W> {
    fn batch(&mut self, _: &Network<B>, progress: Progress) -> hebb_core::Result<()> {
        self.watcher.batch(progress);
        Ok(())
    }

    fn epoch(&mut self, network: &mut Network<B>, progress: Progress) -> hebb_core::Result<()> {
        network.backend().synchronize()?;
        let seconds = self.clock.lap();
        let metrics = EpochMetrics {
            layer: progress.layer.map(|layer| layer + 1),
            epoch: progress.epoch + 1,
            seconds,
            images_per_second: progress.images as f64 / seconds.max(1e-9),
            update_norms: network.update_norms()?,
        };
        self.watcher.epoch(&metrics);
        self.writer
            .metric(&metrics)
            .map_err(|error| hebb_core::Error::Data(Box::new(error)))
    }
}
