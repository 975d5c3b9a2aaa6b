//! The subcommand `train`.

use super::args::{BackendArgs, ExperimentArgs};
use super::console::{Console, FAINT, NAME};
use super::report;
use crate::experiment::{EpochMetrics, Experiment, RunTask, Watcher};
use crate::{Result, interrupt};
use hebb_core::train::Progress;
use indicatif::ProgressBar;
use std::path::PathBuf;

/// Train a network without labels, and read classes out of every layer
///
/// Writes a run folder: config.toml, metrics.jsonl, result.json, weights.safetensors and a picture of every layer's
/// receptive fields. The same network with its random weights is read out beside it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hebb train                                          the quickstart, on embedded images
  hebb train miconi2021 --data ~/datasets             CIFAR-10 from a folder
  hebb train miconi2021 --set layers.0.rule=oja --set layers.0.reduction=mean
  hebb train mine.toml --seed 1 --threads 1           the same bits as with any number of threads")]
pub(super) struct TrainArgs {
    #[command(flatten)]
    experiment: ExperimentArgs,

    /// Folder to search for datasets first; then $HEBB_DATA and the usual folders
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// The run folder to write [default: runs/NAME, with a number if that exists]
    #[arg(long, value_name = "RUN")]
    out: Option<PathBuf>,

    #[command(flatten)]
    backend: BackendArgs,

    /// The random seed; it fixes every result
    #[arg(long, value_name = "N")]
    seed: Option<u64>,

    /// Passes over the training images
    #[arg(long, value_name = "N")]
    epochs: Option<u64>,

    /// Limit each split to N images
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

impl TrainArgs {
    pub(super) fn run(&self, console: Console) -> Result<()> {
        interrupt::handle_signals();
        let experiment = self.experiment.open_with(console, &self.overrides())?;
        let out = self.out.clone().unwrap_or_else(|| free_folder(&experiment.name));
        let backend = self.backend.open()?;
        console.note(backend.describe());
        let mut watcher = ConsoleWatcher::new(console, &experiment);
        let task = RunTask {
            experiment: &experiment,
            data: self.data.clone(),
            out,
            watcher: &mut watcher,
        };
        let (folder, result) = backend.run(task)?;
        let mut lines = vec![report::accuracies(&result.layers, &result.control)];
        lines.extend(result.output.as_ref().map(report::output));
        let (training, total) = (result.seconds.training, result.seconds.total());
        lines.push(format!(
            "{FAINT}trained in {training:.1} s ({:.0} images/s), everything in {total:.1} s, seed {}{FAINT:#}",
            result.images_per_second, result.seed,
        ));
        let filters = folder.join("filters-1.png");
        lines.push(format!(
            "The learned filters: {NAME}{}{NAME:#}",
            filters.display()
        ));
        lines.push(format!("The run: {NAME}{}{NAME:#}", folder.display()));
        console.show(&result, lines)
    }

    fn overrides(&self) -> Vec<String> {
        let seed = self.seed.map(|seed| format!("seed={seed}"));
        let epochs = self.epochs.map(|epochs| format!("training.epochs={epochs}"));
        let limit = self.limit.map(|limit| format!("data.limit={limit}"));
        [seed, epochs, limit].into_iter().flatten().collect()
    }
}

/// `runs/NAME`, or the first of `runs/NAME-2`, `runs/NAME-3`, … that is free.
fn free_folder(name: &str) -> PathBuf {
    let folder = |number: u32| match number {
        1 => PathBuf::from("runs").join(name),
        _ => PathBuf::from("runs").join(format!("{name}-{number}")),
    };
    (1..)
        .map(folder)
        .find(|folder| !folder.exists())
        .unwrap_or_else(|| folder(1))
}

/// A watcher that shows the progress of a run on the terminal.
pub(super) struct ConsoleWatcher<'a> {
    console: Console,
    bar: ProgressBar,
    experiment: &'a Experiment,
}

impl<'a> ConsoleWatcher<'a> {
    pub(super) fn new(console: Console, experiment: &'a Experiment) -> Self {
        Self {
            console,
            bar: console.progress(0, ""),
            experiment,
        }
    }
}

impl Watcher for ConsoleWatcher<'_> {
    fn phase(&mut self, name: &str) {
        self.bar.finish_and_clear();
        self.console.note(format_args!("{FAINT}{name}{FAINT:#}"));
    }

    fn note(&mut self, text: &str) {
        self.console.note(format_args!("  {text}"));
    }

    fn batch(&mut self, phase: usize, progress: Progress) {
        let mut phases = self.experiment.training.iter();
        let several = phases.len() > 1;
        let Some(settings) = phases.nth(phase - 1) else {
            return;
        };
        if progress.images <= settings.batch {
            let layer = progress
                .layer
                .map_or_else(String::new, |layer| format!("layer {} ", layer + 1));
            let phase = if several {
                format!("phase {phase} ")
            } else {
                String::new()
            };
            let what = format!("{phase}{layer}epoch {}/{}", progress.epoch + 1, settings.epochs);
            self.bar = self.console.progress(progress.of as u64, &what);
        }
        self.bar.set_position(progress.images as u64);
    }

    fn epoch(&mut self, metrics: &EpochMetrics) {
        self.bar.finish_and_clear();
        let layer = metrics
            .layer
            .map_or_else(String::new, |layer| format!("layer {layer} "));
        self.console.note(format_args!(
            "  {layer}epoch {}: {:.1} s, {:.0} images/s",
            metrics.epoch, metrics.seconds, metrics.images_per_second
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_free_is_taken_as_it_is() {
        assert_eq!(
            free_folder("surely-not-there"),
            PathBuf::from("runs/surely-not-there")
        );
    }
}
