//! The record of a table: a result for each row and seed, tables and charts.

use super::comparison::Comparison;
use super::epochs::{self, plateaus};
use super::page::Page;
use super::plot::{self, Chart};
use super::report::{csv, epochs_csv, lines};
use super::table::{Row, Table};
use crate::experiment::{EpochMetrics, RunResult};
use crate::files::{read_json, read_text, write_atomically};
use crate::{Error, Result};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The folder that a table's results are kept in.
///
/// | file | holds |
/// |---|---|
/// | `results/ROW-sSEED.json` | the run's `result.json` |
/// | `results/ROW-sSEED.jsonl` | the run's `metrics.jsonl` |
/// | `table.csv`, `README.md`, `chart.svg` | the table, made anew after each run |
/// | `epochs.csv`, `epochs.svg` | every epoch of every run, and accuracy by epoch of some rows |
#[derive(Clone, Debug)]
pub struct Records {
    folder: PathBuf,
}

impl Records {
    /// The records of `table` below `folder`.
    pub fn new(folder: &Path, table: &Table) -> Self {
        Self {
            folder: folder.join(table.name),
        }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The result of a row, if it was run with this seed.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Format`] for a damaged file.
    pub fn result(&self, row: &Row, seed: u64) -> Result<Option<RunResult>> {
        let path = self.folder.join(name(row, seed, "json"));
        if !path.exists() {
            return Ok(None);
        }
        read_json(&path).map(Some)
    }

    /// Copies the result and metrics of the finished run in `run`.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn keep(&self, row: &Row, seed: u64, run: &Path) -> Result<()> {
        for (from, extension) in [("metrics.jsonl", "jsonl"), ("result.json", "json")] {
            let from = run.join(from);
            let bytes = fs::read(&from).map_err(Error::io("read", &from))?;
            self.write(&name(row, seed, extension), &bytes)?;
        }
        Ok(())
    }

    /// Writes the table of all results with seeds below `seeds`, made by `command`, and gives its lines.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Format`] for a damaged result, or what drawing reports.
    pub fn tabulate(
        &self,
        table: &Table,
        rows: &[Row],
        seeds: u64,
        command: &str,
    ) -> Result<Vec<Comparison>> {
        let (mut results, mut epochs) = (Vec::new(), Vec::new());
        for row in rows {
            for seed in 0..seeds {
                let Some(result) = self.result(row, seed)? else {
                    continue;
                };
                results.push((row, result));
                epochs.extend(epochs::epochs(row, seed, &self.metrics(row, seed)?));
            }
        }
        let lines = lines(rows, &results)?;
        self.write("table.csv", csv(&lines).as_bytes())?;
        self.write("epochs.csv", epochs_csv(&epochs).as_bytes())?;
        let charts = [
            ("The table as a chart", "chart.svg", (table.chart)(&lines)),
            ("Accuracy by epoch", "epochs.svg", epochs::chart(table, &epochs)),
        ];
        let mut drawn = Vec::new();
        for (caption, file, chart) in &charts {
            if self.draw(file, chart)? {
                drawn.push((*caption, *file));
            }
        }
        let page = Page {
            table,
            rows,
            results: &results,
            lines: &lines,
            plateaus: &plateaus(&epochs),
            command,
            charts: &drawn,
        };
        self.write("README.md", page.text().as_bytes())?;
        Ok(lines)
    }

    /// The epochs of a row that was run.
    fn metrics(&self, row: &Row, seed: u64) -> Result<Vec<EpochMetrics>> {
        let path = self.folder.join(name(row, seed, "jsonl"));
        let text = read_text(&path)?;
        let lines: Result<_, _> = text.lines().map(serde_json::from_str).collect();
        lines.map_err(|error| Error::format(&path, error))
    }

    /// Draws a chart unless there is nothing to draw.
    fn draw(&self, file: &str, chart: &Chart) -> Result<bool> {
        let drawn = chart.series.iter().any(|series| !series.points.is_empty());
        if drawn {
            let text = plot::draw(chart).map_err(|error| Error::format(&self.folder.join(file), error))?;
            self.write(file, text.as_bytes())?;
        }
        Ok(drawn)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.folder.join(name);
        let parent = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
        write_atomically(&path, |file| {
            file.write_all(bytes).map_err(Error::io("write", &path))
        })
    }
}

/// A file of a row's result within the folder.
fn name(row: &Row, seed: u64, extension: &str) -> String {
    format!("results/{}-s{seed}.{extension}", row.name.replace('/', "-"))
}
