use super::args::BackendArgs;
use super::console::{Console, FAINT, NAME, STRONG};
use super::train::Screen;
use crate::experiment::{Run, Task};
use crate::reproduce::{Line, Records, Row, Runner, Step, Table};
use crate::{Result, interrupt};
use std::path::PathBuf;

/// Run the tables of the papers, row by row, and print them beside the papers' figures
///
/// A row that takes trained layers from another trains that one first, once for all who share it. What is finished is
/// not run again: results are kept as files, and the table, its CSV and its chart are made anew after each run.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hebb reproduce amato2019 --list                          the rows, and which of them are done
  hebb reproduce amato2019 --rows 'gdes/config_*' --data ~/datasets
  hebb reproduce miconi2021 --seeds 3                      every row with seeds 0, 1 and 2
  hebb show amato2019/gdes/g1h2g3_6                        the experiment of a row, to edit")]
pub(super) struct Args {
    /// miconi2021, amato2019 or softhebb2023
    table: String,

    /// Rows, in which `*` stands for anything; may be given several times [default: all]
    #[arg(long, value_name = "PATTERN")]
    rows: Vec<String>,

    /// Seeds, from 0
    #[arg(long, value_name = "N", default_value_t = 1)]
    seeds: u64,

    /// Where datasets are looked for first; then $HEBB_DATA and the usual folders
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// Where results are kept, a folder for each table
    #[arg(long, value_name = "DIR", default_value = "hebb-bench/records")]
    records: PathBuf,

    /// Where run folders are written; they hold weights that other rows take
    #[arg(long, value_name = "DIR", default_value = "runs/reproduce")]
    runs: PathBuf,

    /// At most so many images of each split, for a trial; give other --records and --runs
    #[arg(long, value_name = "N", requires_all = ["records", "runs"])]
    limit: Option<usize>,

    /// List the rows instead of running them
    #[arg(long)]
    list: bool,

    #[command(flatten)]
    backend: BackendArgs,
}

impl Args {
    pub(super) fn run(&self, console: Console) -> Result<()> {
        interrupt::heed_signals();
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
        if console.is_json() {
            return console.json(&lines);
        }
        lines.iter().try_for_each(|line| print(console, line))?;
        console.line(format_args!(
            "The record: {NAME}{}{NAME:#}",
            records.folder().display()
        ))
    }

    /// Makes a run, unless it is there and was only not recorded.
    fn step(&self, console: Console, step: &Step<'_>) -> Result<()> {
        if step.out.exists() {
            return Run::open(&step.out).map(drop);
        }
        let mut watcher = Screen::new(console, &step.experiment);
        let task = Task {
            experiment: &step.experiment,
            data: self.data.clone(),
            out: step.out.clone(),
            watcher: &mut watcher,
        };
        self.backend.open()?.run(task).map(drop)
    }

    /// What makes the record again.
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

/// A line for each row: its name, what it shows, and the runs it still needs.
fn list(console: Console, rows: &[&Row], steps: &[Step<'_>]) -> Result<()> {
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

fn print(console: Console, line: &Line) -> Result<()> {
    let deviation = line
        .deviation
        .map_or_else(String::new, |sd| format!(" ± {sd:.2}"));
    let beside = match (line.paper, line.difference()) {
        (Some(paper), Some(gap)) => format!("   paper {paper:.2} ({gap:+.2})"),
        _ => String::new(),
    };
    console.line(format_args!(
        "{}, {}: {STRONG}{:.2}{deviation}{STRONG:#}{beside}   {FAINT}{:.0} s{FAINT:#}",
        line.row, line.what, line.mean, line.seconds
    ))
}
