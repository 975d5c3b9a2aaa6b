//! The Markdown page of a table's results.

use super::comparison::Comparison;
use super::epochs::Plateau;
use super::report::or_nothing;
use super::table::{Row, Table};
use crate::experiment::{Machine, RunResult};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The contents of the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page<'a> {
    pub(super) table: &'a Table,
    pub(super) rows: &'a [Row],
    pub(super) results: &'a [(&'a Row, RunResult)],
    pub(super) lines: &'a [Comparison],
    pub(super) plateaus: &'a [Plateau<'a>],
    /// The command that makes the record again.
    pub(super) command: &'a str,
    /// A caption and a file for each chart.
    pub(super) charts: &'a [(&'a str, &'a str)],
}

impl Page<'_> {
    /// The page: table, charts, missing rows, plateaus, command and machines.
    pub(super) fn text(&self) -> String {
        let origins: BTreeSet<String> = self.results.iter().map(|(_, result)| origin(result)).collect();
        let origins: Vec<String> = origins
            .into_iter()
            .map(|origin| format!("- {origin}\n"))
            .collect();
        let charts = self.charts.iter();
        let charts: Vec<String> = charts
            .map(|(caption, file)| format!("![{caption}]({file})\n\n"))
            .collect();
        format!(
            "# {}\n\n{}. Test accuracy in percent, mean ± standard deviation over seeds (0, 1, …); seconds of a run \
             are those of data, control, training and readout.\n\n{}\n{}{}\n{}## How\n\n`{}` made this record and continues \
             where it stopped.\n\n{}",
            self.table.name,
            self.table.about,
            aligned(self.lines),
            charts.concat(),
            self.missing(),
            plateaus(self.plateaus),
            self.command,
            origins.concat(),
        )
    }

    fn missing(&self) -> String {
        let rows = self.rows.iter().filter(|row| !row.measures.is_empty());
        let missing: Vec<&str> = rows
            .map(|row| row.name.as_str())
            .filter(|name| self.lines.iter().all(|line| line.row != *name))
            .collect();
        match missing.as_slice() {
            [] => "Every row was run.\n".to_owned(),
            missing => format!("Not run yet: {}.\n", missing.join(", ")),
        }
    }
}

/// Dataset, backend and machine of a result.
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
fn aligned(lines: &[Comparison]) -> String {
    let mut text =
        "| row | figure | paper | ours | difference | seconds |\n|---|---|---|---|---|---|\n".to_owned();
    for line in lines {
        let spread = line.spread();
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

/// The plateaus as a Markdown table.
fn plateaus(plateaus: &[Plateau<'_>]) -> String {
    if plateaus.is_empty() {
        return String::new();
    }
    let mut text = "## Epochs and seconds to the plateau\n\nThe first epoch whose accuracy on the validation images lies within \
                    a point of the best; seconds of training without that of taken layers. Every epoch is in `epochs.csv`.\n\n\
                    | row | seed | plateau at epoch | of | after seconds | best |\n|---|---|---|---|---|---|\n"
        .to_owned();
    for plateau in plateaus {
        let Plateau { first, best, epochs } = plateau;
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {epochs} | {:.0} | {best:.2} |",
            first.row, first.seed, first.epoch, first.seconds
        );
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_the_difference_to_the_paper() {
        let line = Comparison {
            row: "gdes/config_base".to_owned(),
            what: "output".to_owned(),
            layer: None,
            random: false,
            paper: Some(84.95),
            mean: 83.0,
            deviation: Some(0.25),
            seeds: 1,
            seconds: 12.3,
        };
        let text = aligned(std::slice::from_ref(&line));
        assert!(
            text.ends_with("| `gdes/config_base` | output | 84.95 | 83.00 ± 0.25 | -1.95 | 12 |\n"),
            "{text}"
        );
        let deviation = None;
        let text = super::super::report::csv(&[Comparison { deviation, ..line }]);
        assert!(
            text.ends_with("gdes/config_base,\"output\",84.95,83.00,,1,-1.95,12\n"),
            "{text}"
        );
    }
}
