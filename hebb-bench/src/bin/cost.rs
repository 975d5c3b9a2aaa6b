//! Times a single layer, or every layer of a preset, against the roofline. Prints JSON.

use clap::{Parser, ValueEnum};
use hebb_bench::{BenchCase, CaseNetwork, LayerCost, memory_bandwidth, time_against_peak};
use hebb_core::geometry::ImageShape;
use hebb_core::layer::{LayerConfig, Learning, RuleChoice};
use hebb_core::plan::{Competition, Output, Pool, PoolKind};
use hebb_cpu::CpuBackend;
use hebb_learn::bench::peak_flops;
use hebb_learn::experiment::peak_memory;
use serde_json::{Value, json};
use std::error::Error;
use std::time::Duration;

/// Time a single layer, or the layers of a preset
#[derive(Debug, Parser)]
struct Args {
    /// A preset [default: a single layer, which the options describe]
    preset: Option<String>,
    /// Images in a batch [default: the preset's, or 100]
    #[arg(long)]
    batch: Option<usize>,
    #[arg(long, default_value_t = 100)]
    filters: usize,
    /// Height and width of the single layer's images
    #[arg(long, default_value_t = 32)]
    image: usize,
    #[arg(long, default_value_t = 2)]
    threads: usize,
    #[arg(long, value_enum, default_value_t = Kind::Winner)]
    kind: Kind,
    /// Share of the single layer's weights to prune
    #[arg(long, default_value_t = 0.0)]
    prune: f32,
    /// Height and width of the single layer's kernels
    #[arg(long, default_value_t = 5)]
    kernel: usize,
    /// Channels of the single layer's images
    #[arg(long, default_value_t = 3)]
    channels: usize,
    /// Time the forward pass alone
    #[arg(long)]
    inference: bool,
    /// Convolve directly, without Winograd's F(2×2, 3×3)
    #[arg(long)]
    direct: bool,
    /// Also time the layer's convolution alone
    #[arg(long)]
    product: bool,
    /// Seconds that each layer is timed for
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
}

/// Competition and rule of the single layer.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// Hard winner-take-all with the instar rule: the winner alone learns
    Winner,
    /// SoftHebb: every unit learns
    Soft,
}

fn layer(args: &Args) -> LayerConfig {
    let (competition, rule) = match args.kind {
        Kind::Winner => (Competition::HardWta, "instar"),
        Kind::Soft => (Competition::SignedSoftWta { beta: 1.0 }, "soft-hebb"),
    };
    LayerConfig {
        competition: Some(competition),
        rule: RuleChoice::named(rule),
        output: Output::Triangle { power: 1.0 },
        pool: Some(Pool::tiled(PoolKind::Average, 2)),
        prune: args.prune,
        ..LayerConfig::conv(args.filters, args.kernel)
    }
}

fn case(args: &Args) -> hebb_learn::Result<BenchCase> {
    let mut case = match &args.preset {
        Some(name) => BenchCase::of_preset(name)?,
        None => BenchCase {
            name: format!("{:?}", args.kind).to_lowercase(),
            input: ImageShape::new(args.channels, args.image, args.image),
            batch: 100,
            layers: vec![layer(args)],
        },
    };
    case.batch = args.batch.unwrap_or(case.batch);
    Ok(case)
}

/// Times one layer, and with `--product` its convolution alone.
fn time_layer(
    args: &Args,
    case: &BenchCase,
    network: &mut CaseNetwork<CpuBackend>,
    index: usize,
) -> Result<Value, Box<dyn Error>> {
    let duration = Duration::try_from_secs_f64(args.seconds)?;
    let kept = f64::from(1.0 - case.layers[index].prune);
    let work = LayerCost::of(network.plan(index), case.batch, kept, !args.inference);
    let learning = learning(args);
    let timing = time_against_peak(args.threads, work.flops, duration, || {
        network.layer(index, learning)
    })?;
    let mut report = timing.to_json();
    report["gflop"] = json!(work.flops / 1e9);
    report["megabytes"] = json!(work.bytes / 1e6);
    report["flop_per_byte"] = json!(work.intensity());
    if args.product {
        let flops = LayerCost::of(network.plan(index), case.batch, 1.0, false).flops;
        let convolution = network.convolution(index)?;
        report["product"] = time_against_peak(args.threads, flops, duration, convolution)?.to_json();
    }
    Ok(report)
}

fn learning(args: &Args) -> Learning {
    if args.inference {
        Learning::NONE
    } else {
        Learning::ALL
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let case = case(&args)?;
    let mut network = CaseNetwork::new(
        CpuBackend::with_threads(args.threads)?.with_winograd(!args.direct),
        &case,
    )?;
    network.step(learning(&args))?;
    network.step(learning(&args))?;
    let mut layers = Vec::new();
    for index in 0..network.depth() {
        layers.push(time_layer(&args, &case, &mut network, index)?);
    }
    // Read before the bandwidth is measured, which allocates large arrays.
    let memory = peak_memory();
    let report = json!({
        "name": case.name,
        "batch": case.batch,
        "filters": case.layers[0].units,
        "image": case.input.height,
        "prune": case.layers[0].prune,
        "inference": args.inference,
        "threads": args.threads,
        "layers": layers,
        "peak_memory_bytes": memory,
        "peak_gflops": peak_flops(args.threads) / 1e9,
        "bandwidth_gb_s": memory_bandwidth(args.threads) / 1e9,
    });
    println!("{report}");
    Ok(())
}
