//! The subcommand `show`.

use super::args::ExperimentArgs;
use super::console::Console;
use crate::Result;

/// Print a complete experiment file, with every default
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hebb show miconi2021 > mine.toml                     a copy to edit
  hebb show quickstart --set layers.0.units=100        what an override changes
  hebb show miconi2021 --json                          for machines")]
pub(super) struct ShowArgs {
    #[command(flatten)]
    experiment: ExperimentArgs,
}

impl ShowArgs {
    pub(super) fn run(&self, console: Console) -> Result<()> {
        let experiment = self.experiment.open(console)?;
        console.show(&experiment, [experiment.to_toml()?.trim_end()])
    }
}
