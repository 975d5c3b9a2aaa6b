//! The subcommand `filters`.

use super::console::Console;
use crate::experiment::Run;
use crate::{Result, filters};
use serde_json::json;
use std::path::PathBuf;

/// Draw the learned receptive fields of a run's layers
///
/// Writes filters-1.png, filters-2.png and so on into the run folder, one picture for each layer. Units of deeper layers
/// are projected to the image: the sum of the receptive fields below, each where its kernel tap lies, times its weight.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hebb filters runs/quickstart             draw them into runs/quickstart
  hebb filters runs/quickstart --json      the paths, for machines")]
pub(super) struct FiltersArgs {
    /// The run folder that `hebb train` wrote
    run: PathBuf,
}

impl FiltersArgs {
    pub(super) fn run(&self, console: Console) -> Result<()> {
        let run = Run::open(&self.run)?;
        let pictures = filters::pictures(&run.experiment()?.layers, &run.weights()?)?;
        let paths = filters::save(&pictures, run.folder())?;
        let lines = paths.iter().map(|path| path.display());
        console.show(&json!({ "pictures": paths }), lines)
    }
}
