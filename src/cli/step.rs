//! The subcommand `step`.

use super::args::BackendArgs;
use super::console::Console;
use crate::Result;
use crate::step::StepTask;
use serde_json::{Map, json};
use std::path::PathBuf;

/// Compute one update of one layer, for cross-checks with other frameworks
///
/// LAYER.toml is one layer table of an experiment file, without its [[layers]] header. IN.npz holds x (B, C, H, W) and
/// w (N, C, kh, kw), and optionally thresholds (N), mask (N, C, kh, kw) and teacher (B, N), all float32. OUT.npz will
/// hold u and y (B, N, OH, OW), delta (N, C, kh, kw: the update after the reduction, before learning rate and
/// constraint), w and thresholds after the step, and the layer's output.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hebb step layer.toml in.npz out.npz
  hebb step layer.toml in.npz out.npz --backend reference
  hebb step layer.toml in.npz out.npz --json               the arrays' shapes, for machines")]
pub(super) struct StepArgs {
    /// The layer's configuration
    #[arg(value_name = "LAYER.toml")]
    layer: PathBuf,

    /// The input arrays
    #[arg(value_name = "IN.npz")]
    input: PathBuf,

    /// The output arrays; an existing file is replaced
    #[arg(value_name = "OUT.npz")]
    output: PathBuf,

    #[command(flatten)]
    backend: BackendArgs,
}

impl StepArgs {
    pub(super) fn run(&self, console: Console) -> Result<()> {
        let arrays = self.backend.open()?.run(StepTask {
            layer: &self.layer,
            input: &self.input,
            output: &self.output,
        })?;
        if console.is_json() {
            let shapes: Map<_, _> = arrays
                .iter()
                .map(|(name, array)| (name.clone(), json!(array.shape())))
                .collect();
            return console.json(&json!({ "output": self.output, "arrays": shapes }));
        }
        let names: Vec<_> = arrays
            .iter()
            .map(|(name, array)| format!("{name} {:?}", array.shape()))
            .collect();
        console.note(format!("{}: {}", self.output.display(), names.join(", ")));
        Ok(())
    }
}
