//! Times SGD steps (forward, backward, update) and inference of one network. Prints JSON.

use clap::Parser;
use hebb_bench::{SgdNetwork, median_seconds};
use hebb_cpu::CpuBackend;
use hebb_learn::bench::peak_flops;
use hebb_learn::experiment::Machine;
use serde_json::json;

/// Time steps of SGD on the network of Amato et al. 2019
#[derive(Debug, Parser)]
struct Args {
    #[arg(long, default_value_t = 64)]
    batch: usize,
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Convolve directly, without Winograd's F(2×2, 3×3)
    #[arg(long)]
    direct: bool,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    let mut network = SgdNetwork::new(
        CpuBackend::with_threads(args.threads)?.with_winograd(!args.direct),
        args.batch,
    )?;
    for _ in 0..2 {
        network.step()?;
    }
    let rate = |seconds: f64| json!({ "images_per_second": args.batch as f64 / seconds });
    let training = median_seconds(|| network.step())?;
    let inference = median_seconds(|| network.infer())?;
    let report = json!({
        "name": "sgd-amato",
        "image": [3, 32, 32],
        "batch": args.batch,
        "threads": args.threads,
        "training": rate(training),
        "inference": rate(inference),
        "peak_gflops": peak_flops(args.threads) / 1e9,
        "machine": Machine::here(),
    });
    println!("{report}");
    Ok(())
}
