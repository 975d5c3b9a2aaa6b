use super::args::{BackendArgs, ExperimentArgs};
use super::console::{Console, STRONG};
use crate::bench::{Report, Task, Timing};
use crate::{Error, Result};
use hebb_core::Error as CoreError;

/// Time training and inference on synthetic images
///
/// Images have the shape of the experiment's after preprocessing. FLOP are counted as if every layer were dense: two for
/// each multiply-add of the forward pass, and as many again for the update. The peak beside them is that of fused
/// multiply-adds in registers, measured on as many threads.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hebb bench miconi2021
  hebb bench miconi2021 --batch 256 --threads 1
  hebb bench quickstart --json                     for machines")]
pub(super) struct Args {
    #[command(flatten)]
    experiment: ExperimentArgs,

    /// Images in a batch [default: the experiment's]
    #[arg(long, value_name = "B")]
    batch: Option<usize>,

    #[command(flatten)]
    backend: BackendArgs,
}

impl Args {
    pub(super) fn run(&self, console: Console) -> Result<()> {
        if self.batch == Some(0) {
            return Err(Error::Core(CoreError::parameter(
                "bench",
                "--batch",
                0,
                "at least 1",
            )));
        }
        let experiment = self.experiment.open()?;
        console.note(self.backend.describe());
        let task = Task {
            experiment: &experiment,
            batch: self.batch,
            threads: self.backend.threads(),
        };
        let report = self.backend.run(task)?;
        match console.is_json() {
            true => console.json(&report),
            false => console.line(describe(&report)),
        }
    }
}

fn describe(report: &Report) -> String {
    let [channels, height, width] = report.image;
    let head = format!(
        "{STRONG}{}{STRONG:#}: batches of {} images of {channels}x{height}x{width}, backend {}, {} thread{}",
        report.name,
        report.batch,
        report.backend,
        report.threads,
        if report.threads == 1 { "" } else { "s" },
    );
    let row = |name: &str, timing: &Timing| {
        let share = 100.0 * timing.gflops / report.peak_gflops.max(1e-9);
        format!(
            "{name:<10} {:>10.0} images/s {:>9.2} ms a batch {:>8.1} GFLOP/s {share:>6.0} % of peak",
            timing.images_per_second,
            timing.seconds_per_batch * 1e3,
            timing.gflops,
        )
    };
    let peak = format!("{:<10} {:>53.1} GFLOP/s", "peak", report.peak_gflops);
    [
        head,
        row("training", &report.training),
        row("inference", &report.inference),
        peak,
    ]
    .join("\n")
}
