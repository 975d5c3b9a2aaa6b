//! The subcommand `features`.

use super::args::BackendArgs;
use super::console::Console;
use crate::experiment::{Extraction, Run};
use crate::{Result, interrupt};
use serde_json::json;
use std::path::PathBuf;

/// Write the features of every layer for all images
///
/// The file holds, for each split (train, validation, test), `SPLIT.labels` (images, u16) and `SPLIT.layerN`
/// (images, features, f32), N from 1.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hebb features runs/quickstart --out features.npz
  hebb features runs/miconi2021 --data ~/datasets --out features.npz")]
pub(super) struct FeaturesArgs {
    /// The run folder that `hebb train` wrote
    run: PathBuf,

    /// The file to write
    #[arg(long, value_name = "F.npz")]
    out: PathBuf,

    /// Folder to search for datasets first; then $HEBB_DATA and the usual folders
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    #[command(flatten)]
    backend: BackendArgs,
}

impl FeaturesArgs {
    pub(super) fn run(&self, console: Console) -> Result<()> {
        interrupt::handle_signals();
        let run = Run::open(&self.run)?;
        let task = Extraction {
            run: &run,
            data: self.data.clone(),
            out: &self.out,
        };
        let arrays = self.backend.open()?.run(task)?;
        let lines = arrays.iter().map(|(name, shape)| format!("{name}: {shape:?}"));
        console.show(&json!({ "file": self.out, "arrays": arrays }), lines)
    }
}
