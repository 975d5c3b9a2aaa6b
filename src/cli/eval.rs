//! The subcommand `eval`.

use super::args::BackendArgs;
use super::console::Console;
use super::report;
use crate::experiment::{Evaluation, Protocol, Run};
use crate::{Result, interrupt};
use std::path::PathBuf;

/// Read classes out of a trained network again
///
/// Collects features with the saved network, fits the classifiers on training images, chooses their options on validation images,
/// and measures the test images: the same figures as in the run, to the bit.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hebb eval runs/quickstart
  hebb eval runs/miconi2021 --data ~/datasets --protocol author")]
pub(super) struct EvalArgs {
    /// The run folder that `hebb train` wrote
    run: PathBuf,

    /// Folder to search for datasets first; then $HEBB_DATA and the usual folders
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// Whether thresholds adapt while features are collected [default: as in the run]
    #[arg(long, value_enum)]
    protocol: Option<Protocol>,

    #[command(flatten)]
    backend: BackendArgs,
}

impl EvalArgs {
    pub(super) fn run(&self, console: Console) -> Result<()> {
        interrupt::handle_signals();
        let run = Run::open(&self.run)?;
        let found = self.backend.open()?.run(Evaluation {
            run: &run,
            data: self.data.clone(),
            protocol: self.protocol,
        })?;
        let layers = report::accuracies(&found.layers, &[]);
        let output = found.output.as_ref().map(report::output);
        console.show(&found, [layers].into_iter().chain(output))
    }
}
