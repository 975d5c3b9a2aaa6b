//! The subcommand `bench`.

use super::args::{BackendArgs, ExperimentArgs};
use super::console::{Console, STRONG};
use crate::Result;
use crate::bench::{BenchReport, BenchTask, Timing};
use hebb_core::Error as CoreError;

/// Time training and inference on synthetic images
///
/// Images have the shape of the experiment's after preprocessing. FLOP are counted as if every layer were dense and
/// convolved directly: two for each multiply-add of the forward pass, and as many again for the update. The peak beside them is that of fused
/// multiply-adds in registers, measured on as many threads.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  hebb bench miconi2021
  hebb bench miconi2021 --batch 256 --threads 1
  hebb bench quickstart --json                     for machines")]
pub(super) struct BenchArgs {
    #[command(flatten)]
    experiment: ExperimentArgs,

    /// Batch size [default: the experiment's]
    #[arg(long, value_name = "B")]
    batch: Option<usize>,

    #[command(flatten)]
    backend: BackendArgs,
}

impl BenchArgs {
    pub(super) fn run(&self, console: Console) -> Result<()> {
        if self.batch == Some(0) {
            return Err(CoreError::parameter("bench", "--batch", 0, "at least 1").into());
        }
        let experiment = self.experiment.open(console)?;
        let backend = self.backend.open()?;
        console.note(backend.describe());
        let task = BenchTask {
            experiment: &experiment,
            batch: self.batch,
            threads: backend.threads(),
        };
        let report = backend.run(task)?;
        console.show(&report, [describe(&report)])
    }
}

fn describe(report: &BenchReport) -> String {
    let [channels, height, width] = report.image;
    let threads = match report.threads {
        None => String::new(),
        Some(1) => ", 1 thread".to_owned(),
        Some(threads) => format!(", {threads} threads"),
    };
    let head = format!(
        "{STRONG}{}{STRONG:#}: batches of {} images of {channels}x{height}x{width}, backend {}{threads}",
        report.name, report.batch, report.backend,
    );
    let row = |name: &str, timing: &Timing| {
        let percent = |peak: f64| 100.0 * timing.gflops / peak.max(1e-9);
        let share = report
            .peak_gflops
            .map(|peak| format!("{:>6.0} % of peak", percent(peak)));
        format!(
            "{name:<10} {:>10.0} images/s {:>9.2} ms a batch {:>8.1} GFLOP/s {}",
            timing.images_per_second,
            timing.seconds_per_batch * 1e3,
            timing.gflops,
            share.unwrap_or_default(),
        )
    };
    let mut lines = vec![
        head,
        row("training", &report.training),
        row("inference", &report.inference),
    ];
    let peak = report.peak_gflops;
    lines.extend(peak.map(|peak| format!("{:<10} {peak:>53.1} GFLOP/s", "peak")));
    lines.join("\n")
}
