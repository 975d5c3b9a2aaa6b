//! The tables of the papers: every row an experiment, run where its result is missing, and printed beside the paper.
//!
//! A row may take trained layers from another row; that one is trained first, once for all who share it. Results are kept
//! as one file for each row and seed, so that a table goes on where it stopped, and a record holds what was measured and
//! what was not run.

mod amato;
mod epochs;
mod miconi;
mod page;
mod plot;
mod records;
mod report;
mod runner;
mod softhebb;

pub use epochs::Epoch;
pub use plot::{Chart, Series};
pub use records::Records;
pub use report::{Line, lines};
pub use runner::{Runner, Step};

use crate::experiment::{Experiment, LayerAccuracy, RunResult, Taken};
use crate::{Error, Result};
use hebb_core::Error as CoreError;
use std::path::{Path, PathBuf};

/// Every table that can be reproduced.
pub const TABLES: &[Table] = &[miconi::TABLE, amato::TABLE, softhebb::TABLE];

/// A table of a paper.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name on the command line.
    pub name: &'static str,
    /// The paper, and what the table shows.
    pub about: &'static str,
    /// Its rows.
    pub rows: fn() -> Result<Vec<Row>>,
    /// Its chart.
    pub chart: fn(&[Line]) -> Chart,
    /// The rows, in which `*` stands for anything, that are drawn by epoch.
    pub by_epoch: &'static [&'static str],
}

/// A row of a table, or what such a row takes its layers from.
#[derive(Clone, Debug)]
pub struct Row {
    /// The name, such as `gdes/config_base`.
    pub name: String,
    /// What is run; the seed, and where taken layers come from, are filled in by [`Row::experiment`].
    pub experiment: Experiment,
    /// The row whose first layers it takes, and how many.
    pub takes: Option<(String, usize)>,
    /// What is measured; nothing if others merely take its layers.
    pub measures: Vec<Measure>,
}

/// A figure of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    /// Which one.
    pub what: What,
    /// The paper's figure in percent, if it gives one.
    pub paper: Option<f64>,
}

/// Which figure of a run.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// The accuracy of the network's own output.
    Output,
    /// The accuracy of a classifier on a layer, from 1.
    Layer(usize, &'static str),
    /// The same with the random weights that training started from.
    Control(usize, &'static str),
}

impl Table {
    /// The table of this name.
    ///
    /// # Errors
    /// [`CoreError::Unknown`], with a suggestion.
    pub fn find(name: &str) -> Result<&'static Self> {
        let found = TABLES.iter().find(|table| table.name == name);
        let known = TABLES.iter().map(|table| table.name);
        Ok(found.ok_or_else(|| CoreError::unknown("table", name, known))?)
    }
}

/// The experiment of a row, named as `TABLE/ROW`; `None` if `name` begins with no table.
///
/// # Errors
/// An unknown row, with a suggestion.
pub fn preset(name: &str) -> Option<Result<Experiment>> {
    let (table, row) = name.split_once('/')?;
    let table = TABLES.iter().find(|known| known.name == table)?;
    let experiment = || {
        let rows = (table.rows)()?;
        let found = rows.iter().find(|known| known.name == row);
        let known = rows.iter().map(|row| row.name.as_str());
        let what = format!("row of {}", table.name);
        let found = found.ok_or_else(|| CoreError::unknown(what, row, known))?;
        Ok(found.experiment(&runner::default_runs().join(table.name), 0))
    };
    Some(experiment())
}

impl Row {
    /// The experiment with this seed; layers are taken from a run in `runs`.
    pub fn experiment(&self, runs: &Path, seed: u64) -> Experiment {
        let taken = self.takes.iter().map(|(row, layers)| Taken {
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

impl What {
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
        found.map(|share| 100.0 * share).ok_or_else(|| Error::Config {
            origin: result.name.clone(),
            problem: format!(
                "its result has no figure for {}; remove it and run the row again",
                self.label()
            ),
        })
    }
}

/// Where the run of a row lies.
fn run_folder(runs: &Path, row: &str, seed: u64) -> PathBuf {
    runs.join(format!("{row}-s{seed}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_an_experiment_that_survives_the_way_through_toml() {
        for table in TABLES {
            let rows = (table.rows)().unwrap();
            for row in &rows {
                let experiment = row.experiment(Path::new("runs"), 3);
                let text = experiment.to_toml().unwrap();
                let again = Experiment::parse(&text, &row.name, &[]).unwrap();
                assert_eq!(again.to_toml().unwrap(), text, "{}", row.name);
                let takes = row.takes.as_ref().map(|(name, _)| name);
                assert!(
                    takes.is_none_or(|takes| rows.iter().any(|row| row.name == *takes)),
                    "{} takes layers of {takes:?}",
                    row.name
                );
            }
        }
    }

    #[test]
    fn a_row_is_a_preset_under_its_tables_name() {
        let experiment = preset("amato2019/gdes/fc_on_hebb_conv1").unwrap().unwrap();
        assert_eq!(experiment.taken[0].layers, [1]);
        assert!(experiment.taken[0].run.ends_with("hebb/config_1l-s0"));
        let unknown = preset("amato2019/gdes/config_bse").unwrap().unwrap_err();
        assert!(
            unknown.to_string().contains("did you mean `gdes/config_base`?"),
            "{unknown}"
        );
        assert!(preset("nobody/row").is_none());
    }
}
