//! A table's results as lines, CSV and Markdown.

use super::{Row, Table, What};
use crate::Result;
use crate::experiment::{Machine, RunResult};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write;

/// A figure of a row beside the paper's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// The row.
    pub row: String,
    /// Which figure.
    pub what: String,
    /// The layer, from 1; absent for the network's output.
    pub layer: Option<usize>,
    /// Whether weights were random.
    pub random: bool,
    /// The paper's figure in percent.
    pub paper: Option<f64>,
    /// The mean over seeds in percent.
    pub mean: f64,
    /// The standard deviation over seeds; none of one.
    pub deviation: Option<f64>,
    /// Seeds.
    pub seeds: usize,
    /// Seconds of a run, on average: data, control, training and readout.
    pub seconds: f64,
}

impl Line {
    /// Ours less the paper's.
    pub fn difference(&self) -> Option<f64> {
        self.paper.map(|paper| self.mean - paper)
    }
}

/// The lines of all rows that have results.
///
/// # Errors
/// A result without the figure that its row asks for.
pub fn lines(rows: &[Row], results: &[(&Row, RunResult)]) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    for row in rows {
        let own = results.iter().filter(|(of, _)| of.name == row.name);
        let own: Vec<&RunResult> = own.map(|(_, result)| result).collect();
        if own.is_empty() {
            continue;
        }
        for measure in &row.measures {
            let values = own.iter().map(|result| measure.what.of(result));
            let values: Vec<f64> = values.collect::<Result<_>>()?;
            let (layer, random) = match measure.what {
                What::Output => (None, false),
                What::Layer(layer, _) => (Some(layer), false),
                What::Control(layer, _) => (Some(layer), true),
            };
            lines.push(Line {
                row: row.name.clone(),
                what: measure.what.label(),
                layer,
                random,
                paper: measure.paper,
                mean: mean(&values),
                deviation: deviation(&values),
                seeds: values.len(),
                seconds: mean(&own.iter().map(|result| seconds(result)).collect::<Vec<_>>()),
            });
        }
    }
    Ok(lines)
}

/// The table with a header.
pub(super) fn csv(lines: &[Line]) -> String {
    let mut text = "row,what,paper,ours,sd,seeds,difference,seconds\n".to_owned();
    for line in lines {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{},\"{}\",{},{:.2},{},{},{},{:.0}",
            line.row,
            line.what,
            or_nothing(line.paper),
            line.mean,
            or_nothing(line.deviation),
            line.seeds,
            or_nothing(line.difference()),
            line.seconds
        );
    }
    text
}

/// The record's page: how it was made, the table, the chart, and what was not run.
pub(super) fn markdown(
    table: &Table,
    rows: &[Row],
    results: &[(&Row, RunResult)],
    lines: &[Line],
    command: &str,
    drawn: bool,
) -> String {
    let origins: BTreeSet<String> = results.iter().map(|(_, result)| origin(result)).collect();
    let origins: Vec<String> = origins
        .into_iter()
        .map(|origin| format!("- {origin}\n"))
        .collect();
    let chart = if drawn {
        "![The table as a chart](chart.svg)\n\n"
    } else {
        ""
    };
    let missing: Vec<&str> = rows
        .iter()
        .filter(|row| !row.measures.is_empty())
        .filter(|row| lines.iter().all(|line| line.row != row.name))
        .map(|row| row.name.as_str())
        .collect();
    let missing = match missing.as_slice() {
        [] => "Every row was run.\n".to_owned(),
        missing => format!("Not run yet: {}.\n", missing.join(", ")),
    };
    format!(
        "# {}\n\n{}.\n\nMade by `{command}`, which goes on where it stopped. Test accuracy in percent, mean ± standard \
         deviation over seeds (0, 1, …); a run's seconds are those of data, control, training and readout.\n\n{}\n{}\n\
         {chart}{missing}",
        table.name,
        table.about,
        origins.concat(),
        aligned(lines),
    )
}

/// Where and on what a result was measured.
fn origin(result: &RunResult) -> String {
    let machine: &Machine = &result.machine;
    format!(
        "{} with checksum {}, backend {} of hebb {}, {} threads of {}",
        result.dataset,
        result.data_checksum,
        result.backend,
        result.version,
        machine.threads,
        machine.processor.as_deref().unwrap_or(&machine.system)
    )
}

/// The table in Markdown.
fn aligned(lines: &[Line]) -> String {
    let mut text =
        "| row | figure | paper | ours | difference | seconds |\n|---|---|---|---|---|---|\n".to_owned();
    for line in lines {
        let spread = line
            .deviation
            .map_or_else(String::new, |sd| format!(" ± {sd:.2}"));
        let difference = line
            .difference()
            .map_or_else(String::new, |gap| format!("{gap:+.2}"));
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {:.2}{spread} | {difference} | {:.0} |",
            line.row,
            line.what,
            or_nothing(line.paper),
            line.mean,
            line.seconds
        );
    }
    text
}

fn or_nothing(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!("{value:.2}"))
}

fn seconds(result: &RunResult) -> f64 {
    let seconds = result.seconds;
    seconds.data + seconds.control + seconds.training + seconds.readout
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The sample's standard deviation.
fn deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (values.len() > 1).then(|| (squares / (values.len() - 1) as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(mean: f64, deviation: Option<f64>) -> Line {
        Line {
            row: "gdes/config_base".to_owned(),
            what: "output".to_owned(),
            layer: None,
            random: false,
            paper: Some(84.95),
            mean,
            deviation,
            seeds: 1,
            seconds: 12.3,
        }
    }

    #[test]
    fn a_line_says_the_difference_to_the_paper() {
        let text = aligned(&[line(83.0, Some(0.25))]);
        assert!(
            text.ends_with("| `gdes/config_base` | output | 84.95 | 83.00 ± 0.25 | -1.95 | 12 |\n"),
            "{text}"
        );
        let text = csv(&[line(83.0, None)]);
        assert!(
            text.ends_with("gdes/config_base,\"output\",84.95,83.00,,1,-1.95,12\n"),
            "{text}"
        );
    }

    #[test]
    fn deviations_are_those_of_a_sample() {
        assert_eq!(deviation(&[1.0]), None);
        assert_eq!(deviation(&[1.0, 3.0]), Some(2f64.sqrt()));
    }
}
