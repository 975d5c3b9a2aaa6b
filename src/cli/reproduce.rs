//! The subcommand `reproduce`.

use super::args::BackendArgs;
use super::console::{Console, FAINT, NAME, STRONG};
use super::train::ConsoleWatcher;
use crate::experiment::{Run, RunTask};
use crate::reproduce::{Comparison, Records, Row, RunStep, Runner, Table};
use crate::{Result, interrupt};
use std::path::PathBuf;

/// Run the tables of the papers, row by row, and print them beside the papers' figures
///
/// A row that takes pretrained layers from another row trains that one first, once for all rows that share it. Finished runs are
/// not repeated: results are kept as files, and the table, its CSV and its chart are rewritten after each run.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hebb reproduce amato2019 --list                          the rows, and which of them are done
  hebb reproduce amato2019 --rows 'gdes/config_*' --data ~/datasets
  hebb reproduce miconi2021 --seeds 3                      every row with seeds 0, 1 and 2
  hebb show amato2019/gdes/g1h2g3_6                        the experiment of a row, to edit")]
pub(super) struct ReproduceArgs {
    /// miconi2021, amato2019 or softhebb2023
    table: String,

    /// Rows; `*` matches anything; may be repeated [default: all]
    #[arg(long, value_name = "PATTERN")]
    rows: Vec<String>,

    /// Number of seeds, from 0
    #[arg(long, value_name = "N", default_value_t = 1)]
    seeds: u64,

    /// Folder to search for datasets first; then $HEBB_DATA and the usual folders
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// Folder of the results, with a subfolder for each table
    #[arg(long, value_name = "DIR", default_value = "hebb-bench/records")]
    records: PathBuf,

    /// Folder of the runs; they hold the weights that other rows take
    #[arg(long, value_name = "DIR", default_value = "runs/reproduce")]
    runs: PathBuf,

    /// Limit each split to N images, for a trial; needs other --records and --runs
    #[arg(long, value_name = "N", requires_all = ["records", "runs"])]
    limit: Option<usize>,

    /// List the rows instead of running them
    #[arg(long)]
    list: bool,

    #[command(flatten)]
    backend: BackendArgs,
}

impl ReproduceArgs {
    pub(super) fn run(&self, console: Console) -> Result<()> {
        interrupt::handle_signals();
        let table = Table::find(&self.table)?;
        let rows = (table.rows)()?;
        let records = Records::new(&self.records, table);
        let runs = self.runs.join(table.name);
        let runner = Runner {
            rows: &rows,
            runs: &runs,
            records: &records,
            limit: self.limit,
        };
        let selected = runner.select(&self.rows)?;
        let steps = runner.missing(&selected, self.seeds)?;
        if self.list {
            return list(console, &selected, &steps);
        }
        for (index, step) in steps.iter().enumerate() {
            console.note(format_args!(
                "{STRONG}{}{STRONG:#}, seed {}{FAINT} ({} of {} runs){FAINT:#}",
                step.row.name,
                step.seed,
                index + 1,
                steps.len()
            ));
            self.step(console, step)?;
            records.keep(step.row, step.seed, &step.out)?;
            records.tabulate(table, &rows, self.seeds, &self.command())?;
        }
        let lines = records.tabulate(table, &rows, self.seeds, &self.command())?;
        let record = format!("The record: {NAME}{}{NAME:#}", records.folder().display());
        console.show(&lines, lines.iter().map(describe).chain([record]))
    }

    /// Runs a step, unless its run folder exists and was only not recorded.
    fn step(&self, console: Console, step: &RunStep<'_>) -> Result<()> {
        if step.out.exists() {
            return Run::open(&step.out).map(drop);
        }
        let mut watcher = ConsoleWatcher::new(console, &step.experiment);
        let task = RunTask {
            experiment: &step.experiment,
            data: self.data.clone(),
            out: step.out.clone(),
            watcher: &mut watcher,
        };
        self.backend.open()?.run(task).map(drop)
    }

    /// The command that makes the record again.
    fn command(&self) -> String {
        let seeds = match self.seeds {
            1 => String::new(),
            seeds => format!(" --seeds {seeds}"),
        };
        let limit = self
            .limit
            .map_or_else(String::new, |limit| format!(" --limit {limit}"));
        format!("hebb reproduce {}{seeds}{limit}", self.table)
    }
}

/// Prints each row's name, description and number of missing runs.
fn list(console: Console, rows: &[&Row], steps: &[RunStep<'_>]) -> Result<()> {
    for row in rows {
        let missing = steps.iter().filter(|step| step.row.name == row.name).count();
        let state = match missing {
            0 => "done".to_owned(),
            missing => format!("{missing} to run"),
        };
        console.line(format_args!(
            "{NAME}{}{NAME:#}  {}  {FAINT}{state}{FAINT:#}",
            row.name, row.experiment.description
        ))?;
    }
    Ok(())
}

fn describe(line: &Comparison) -> String {
    let deviation = line.spread();
    let beside = match (line.paper, line.difference()) {
        (Some(paper), Some(gap)) => format!("   paper {paper:.2} ({gap:+.2})"),
        _ => String::new(),
    };
    format!(
        "{}, {}: {STRONG}{:.2}{deviation}{STRONG:#}{beside}   {FAINT}{:.0} s{FAINT:#}",
        line.row, line.what, line.mean, line.seconds
    )
}
