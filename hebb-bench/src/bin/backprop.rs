//! Times training by gradient descent: whole steps of forward, backward and update, and inference. Prints JSON.

use clap::Parser;
use hebb_bench::{Descent, median};
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
    /// Convolve by direct products alone, without Winograd's components
    #[arg(long)]
    direct: bool,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args = Args::parse();
    let mut descent = Descent::new(
        CpuBackend::with_threads(args.threads)?.with_winograd(!args.direct),
        args.batch,
    )?;
    for _ in 0..2 {
        descent.step()?;
    }
    let rate = |seconds: f64| json!({ "images_per_second": args.batch as f64 / seconds });
    let training = median(|| descent.step())?;
    let inference = median(|| descent.infer())?;
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
