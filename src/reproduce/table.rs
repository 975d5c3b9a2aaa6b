//! Tables of papers: rows, their experiments and the figures that they measure.

use super::comparison::Comparison;
use super::plot::Chart;
use crate::experiment::{Experiment, LayerAccuracy, PretrainedLayers, RunResult};
use crate::{Error, Result};
use std::path::{Path, PathBuf};

/// A table of a paper.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Name on the command line.
    pub name: &'static str,
    /// The paper and the subject of the table.
    pub about: &'static str,
    /// The rows.
    pub rows: fn() -> Result<Vec<Row>>,
    /// The chart.
    pub chart: fn(&[Comparison]) -> Chart,
    /// Rows drawn by epoch; `*` matches anything.
    pub by_epoch: &'static [&'static str],
}

/// A row of a table, or a run that such a row takes layers from.
#[derive(Clone, Debug)]
pub struct Row {
    /// The name, such as `gdes/config_base`.
    pub name: String,
    /// The experiment; [`Row::experiment`] adds the seed and the pretrained layers.
    pub experiment: Experiment,
    /// The row whose first layers it takes, and their number.
    pub takes: Option<(String, usize)>,
    /// Figures that are measured; empty if other rows only take its layers.
    pub measures: Vec<Measure>,
}

/// A figure of a row, with the paper's value.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// The figure.
    pub figure: Figure,
    /// The paper's value in percent, if it gives one.
    pub paper: Option<f64>,
}

/// A figure of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum Figure {
    /// The accuracy of the network's own output.
    Output,
    /// The accuracy of a classifier on a layer, from 1.
    Layer(usize, &'static str),
    /// The same with the random weights that training started from.
    Control(usize, &'static str),
}

impl Row {
    /// The experiment with this seed; layers are taken from a run in `runs`.
    pub fn experiment(&self, runs: &Path, seed: u64) -> Experiment {
        let taken = self.takes.iter().map(|(row, layers)| PretrainedLayers {
            run: run_folder(runs, row, seed),
            layers: (1..=*layers).collect(),
        });
        Experiment {
            seed,
            taken: taken.collect(),
            ..self.experiment.clone()
        }
    }
}

impl Figure {
    /// A short name.
    pub fn label(&self) -> String {
        match self {
            Self::Output => "output".to_owned(),
            Self::Layer(layer, classifier) => format!("layer {layer}, {classifier}"),
            Self::Control(layer, classifier) => format!("layer {layer}, {classifier}, random weights"),
        }
    }

    /// The figure of a run in percent.
    ///
    /// # Errors
    /// [`Error::Config`] if the run did not measure it.
    pub fn of(&self, result: &RunResult) -> Result<f64> {
        let read = |layers: &[LayerAccuracy], layer: usize, classifier: &str| {
            let mut layers = layers.iter();
            let found = layers.find(|read| read.layer == layer && read.classifier == classifier);
            found.map(|read| read.test)
        };
        let found = match self {
            Self::Output => result.output.map(|output| output.test),
            Self::Layer(layer, classifier) => read(&result.layers, *layer, classifier),
            Self::Control(layer, classifier) => read(&result.control, *layer, classifier),
        };
        found.map(|share| 100.0 * share).ok_or_else(|| {
            let problem = format!("its result has no figure for {}", self.label());
            Error::config(&result.name, problem + "; remove it and run the row again")
        })
    }
}

/// Folder of a row's run.
pub(super) fn run_folder(runs: &Path, row: &str, seed: u64) -> PathBuf {
    runs.join(format!("{row}-s{seed}"))
}
