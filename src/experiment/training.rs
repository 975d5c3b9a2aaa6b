//! Training by phases, with recorded metrics and cached activations of frozen layers.

use super::activations::Activations;
use super::clock::Clock;
use super::data::{Data, Source};
use super::folder::RunWriter;
use super::output::{accuracy, classifies};
use super::watcher::Watcher;
use super::{EpochMetrics, Experiment};
use crate::Result;
use hebb_core::network::Network;
use hebb_core::source::BatchSource;
use hebb_core::train::{Observer, Progress, Start, TrainConfig, train_from};
use hebb_core::{Backend, Seed};

/// Memory limit for cached activations, in bytes. Larger ones are computed anew in each epoch.
const BUDGET: usize = 4 << 30;

/// Trains a network through all phases of its experiment. Returns the number of images processed over all epochs.
pub(super) fn train_phases<B: Backend, W: Watcher>(
    experiment: &Experiment,
    network: &mut Network<B>,
    data: &mut Data,
    writer: &mut RunWriter,
    watcher: &mut W,
) -> Result<u64> {
    let mut epochs = 0;
    let Data {
        train, validation, ..
    } = data;
    for (index, phase) in experiment.training.iter().enumerate() {
        if let Some(warning) = idle(phase, train.images()) {
            watcher.note(&warning);
        }
        let seed = Seed::new(experiment.seed);
        let learners = phase.learners(network)?;
        let mut sources = Sources::of(network, phase, learners[0], train, validation.as_mut(), seed)?;
        let start = Start {
            input: sources.input,
            epoch: epochs,
        };
        let mut recorder = Recorder {
            writer,
            watcher,
            phase: index + 1,
            validation: sources.validation.as_deref_mut(),
            batch: phase.batch,
            input: sources.input,
            clock: Clock::start(),
        };
        train_from(start, network, &mut *sources.train, phase, &mut recorder)?;
        epochs += phase.passes(learners.len());
    }
    Ok(epochs * data.train.images() as u64)
}

/// Image sources of a phase: the data, or cached activations of the frozen layers.
struct Sources<'a> {
    train: Box<dyn BatchSource + 'a>,
    validation: Option<Box<dyn BatchSource + 'a>>,
    /// Layer, from 0, whose input the images are.
    input: usize,
}

impl<'a> Sources<'a> {
    fn of<B: Backend>(
        network: &mut Network<B>,
        phase: &TrainConfig,
        first: usize,
        train: &'a mut Source,
        validation: Option<&'a mut Source>,
        seed: Seed,
    ) -> Result<Self> {
        let images = train.images() + validation.as_ref().map_or(0, |source| source.images());
        let fits = first > 0 && Activations::bytes(network, first, images)? <= BUDGET;
        if !fits || phase.epochs < 2 || train.is_varied() {
            return Ok(Self {
                train: Box::new(train),
                validation: validation.map(|source| Box::new(source) as _),
                input: 0,
            });
        }
        let mut kept = |source: &mut Source| Activations::of(network, first, source, phase.batch, seed);
        Ok(Self {
            train: Box::new(kept(train)?),
            validation: match validation {
                Some(source) => Some(Box::new(kept(source)?)),
                None => None,
            },
            input: first,
        })
    }
}

/// A warning for a phase that changes no weight.
fn idle(phase: &TrainConfig, images: usize) -> Option<String> {
    let TrainConfig { epochs, burn_in, .. } = phase;
    (*epochs > 0 && phase.learning_batches(images) == 0).then(|| {
        format!(
            "warning: no weight will change, because training.burn-in = {burn_in} covers every batch; lower it or \
             train for more epochs than {epochs}"
        )
    })
}

struct Recorder<'a, 's, W> {
    writer: &'a mut RunWriter,
    watcher: &'a mut W,
    phase: usize,
    validation: Option<&'a mut (dyn BatchSource + 's)>,
    batch: usize,
    /// Layer, from 0, whose input the validation images are.
    input: usize,
    clock: Clock,
}

impl<B: Backend, W: Watcher> Observer<B> for Recorder<'_, '_, W> {
    fn batch(&mut self, _: &Network<B>, progress: Progress) -> hebb_core::Result<()> {
        self.watcher.batch(self.phase, progress);
        Ok(())
    }

    fn score(&mut self, network: &mut Network<B>, _: Progress) -> hebb_core::Result<Option<f64>> {
        match &mut self.validation {
            Some(source) if classifies(network, source.classes())? => {
                accuracy(network, self.input, &mut **source, self.batch).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn epoch(
        &mut self,
        network: &mut Network<B>,
        progress: Progress,
        score: Option<f64>,
    ) -> hebb_core::Result<()> {
        network.backend().synchronize()?;
        let seconds = self.clock.lap();
        let metrics = EpochMetrics {
            phase: self.phase,
            layer: progress.layer.map(|layer| layer + 1),
            epoch: progress.epoch + 1,
            seconds,
            images_per_second: progress.images as f64 / seconds.max(1e-9),
            loss: progress.loss,
            validation: score,
            update_norms: network.update_norms()?,
        };
        self.watcher.epoch(&metrics);
        Ok(self.writer.metric(&metrics)?)
    }
}
