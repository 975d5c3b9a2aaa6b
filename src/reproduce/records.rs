//! The record of a table: a result for each row and seed, and what is made of them.

use super::plot::{self, Chart};
use super::report::{Line, csv, lines, markdown};
use super::{Row, Table};
use crate::experiment::RunResult;
use crate::files::write_whole;
use crate::{Error, Result};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The folder that a table's results are kept in.
///
/// | file | holds |
/// |---|---|
/// | `results/ROW-sSEED.json` | what a run gave, as its `result.json` |
/// | `results/ROW-sSEED.jsonl` | its epochs, as its `metrics.jsonl` |
/// | `table.csv`, `README.md`, `chart.svg` | the table, made anew after each run |
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
        let path = self.path(row, seed, "json");
        if !path.exists() {
            return Ok(None);
        }
        let text = fs::read_to_string(&path).map_err(Error::io("read", &path))?;
        let result = serde_json::from_str(&text);
        result.map(Some).map_err(|error| Error::format(&path, error))
    }

    /// Keeps what the finished run in `run` gave.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn keep(&self, row: &Row, seed: u64, run: &Path) -> Result<()> {
        for (from, extension) in [("metrics.jsonl", "jsonl"), ("result.json", "json")] {
            let from = run.join(from);
            let bytes = fs::read(&from).map_err(Error::io("read", &from))?;
            self.write(&self.path(row, seed, extension), &bytes)?;
        }
        Ok(())
    }

    /// Writes the table of all results with seeds below `seeds`, made by `command`, and gives its lines.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::Format`] for a damaged result, or what drawing reports.
    pub fn tabulate(&self, table: &Table, rows: &[Row], seeds: u64, command: &str) -> Result<Vec<Line>> {
        let mut results = Vec::new();
        for row in rows {
            for seed in 0..seeds {
                results.extend(self.result(row, seed)?.map(|result| (row, result)));
            }
        }
        let lines = lines(rows, &results)?;
        self.write(&self.folder.join("table.csv"), csv(&lines).as_bytes())?;
        let chart: Chart = (table.chart)(&lines);
        let drawn = chart.series.iter().any(|series| !series.points.is_empty());
        if drawn {
            let path = self.folder.join("chart.svg");
            self.write(
                &path,
                plot::draw(&chart)
                    .map_err(|error| Error::format(&path, error))?
                    .as_bytes(),
            )?;
        }
        let text = markdown(table, rows, &results, &lines, command, drawn);
        self.write(&self.folder.join("README.md"), text.as_bytes())?;
        Ok(lines)
    }

    fn path(&self, row: &Row, seed: u64, extension: &str) -> PathBuf {
        let name = row.name.replace('/', "-");
        self.folder
            .join("results")
            .join(format!("{name}-s{seed}.{extension}"))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let parent = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
        write_whole(path, |file| {
            file.write_all(bytes).map_err(Error::io("write", path))
        })
    }
}
