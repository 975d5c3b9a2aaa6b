//! Runs that a request needs, in order of dependency.

use super::records::Records;
use super::table::{Row, run_folder};
use crate::experiment::Experiment;
use crate::{Error, Result};
use hebb_core::Error as CoreError;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use wildmatch::WildMatch;

/// Default folder of the runs.
pub(super) fn default_runs() -> PathBuf {
    PathBuf::from("runs/reproduce")
}

/// A request for rows of a table.
#[derive(Clone, Debug)]
pub struct Runner<'a> {
    /// All rows of the table.
    pub rows: &'a [Row],
    /// Folder of the runs.
    pub runs: &'a Path,
    /// Results so far.
    pub records: &'a Records,
    /// Largest number of images of each split, for a trial.
    pub limit: Option<usize>,
}

/// A missing run.
#[derive(Clone, Debug)]
pub struct RunStep<'a> {
    /// The row.
    pub row: &'a Row,
    /// The seed.
    pub seed: u64,
    /// The experiment to run.
    pub experiment: Experiment,
    /// The run folder to write.
    pub out: PathBuf,
}

impl<'a> Runner<'a> {
    /// The rows with measures whose name fits one of the patterns, in which `*` stands for anything.
    ///
    /// # Errors
    /// [`CoreError::Unknown`] for a pattern that fits no row.
    pub fn select(&self, patterns: &[String]) -> Result<Vec<&'a Row>> {
        let listed = || self.rows.iter().filter(|row| !row.measures.is_empty());
        for pattern in patterns {
            let matcher = WildMatch::new(pattern);
            if !listed().any(|row| matcher.matches(&row.name)) {
                let known = listed().map(|row| row.name.as_str());
                return Err(CoreError::unknown("row", pattern, known).into());
            }
        }
        let fits = |row: &&Row| {
            let mut patterns = patterns.iter();
            patterns.len() == 0 || patterns.any(|pattern| WildMatch::new(pattern).matches(&row.name))
        };
        Ok(listed().filter(fits).collect())
    }

    /// The missing runs of these rows for the seeds below `seeds`; runs that others take layers from come first.
    ///
    /// # Errors
    /// A damaged record, or a row that takes layers from one that does not exist.
    pub fn missing(&self, rows: &[&'a Row], seeds: u64) -> Result<Vec<RunStep<'a>>> {
        let (mut steps, mut planned) = (Vec::new(), BTreeSet::new());
        for seed in 0..seeds {
            for row in rows {
                if self.records.result(row, seed)?.is_none() {
                    self.plan(row, seed, &mut steps, &mut planned)?;
                }
            }
        }
        Ok(steps)
    }

    /// Adds a row's run, after that of the row it takes layers from unless that one's weights are there.
    fn plan(
        &self,
        row: &'a Row,
        seed: u64,
        steps: &mut Vec<RunStep<'a>>,
        planned: &mut BTreeSet<PathBuf>,
    ) -> Result<()> {
        let out = run_folder(self.runs, &row.name, seed);
        if !planned.insert(out.clone()) {
            return Ok(());
        }
        if let Some((from, _)) = &row.takes {
            let source = self.rows.iter().find(|row| row.name == *from);
            let source = source.ok_or_else(|| {
                let problem = format!("it takes layers of {from}, but the table has no such row");
                Error::config(&row.name, problem)
            })?;
            if !run_folder(self.runs, from, seed).exists() {
                self.plan(source, seed, steps, planned)?;
            }
        }
        let mut experiment = row.experiment(self.runs, seed);
        experiment.data.limit = self.limit;
        steps.push(RunStep {
            row,
            seed,
            experiment,
            out,
        });
        Ok(())
    }
}
