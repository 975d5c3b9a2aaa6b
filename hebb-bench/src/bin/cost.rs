//! What layers cost: one layer as the work grows, or every layer of a preset beside its roofline. Prints JSON.

use clap::{Parser, ValueEnum};
use hebb_bench::{Case, Net, bandwidth, beside_peak, cost};
use hebb_core::geometry::ImageShape;
use hebb_core::layer::{LayerConfig, Learning, RuleChoice};
use hebb_core::plan::{Competition, Output, Pool, PoolKind};
use hebb_cpu::CpuBackend;
use hebb_learn::bench::peak_flops;
use serde_json::{Value, json};
use std::error::Error;
use std::time::Duration;

/// Time a layer, or the layers of a preset
#[derive(Debug, Parser)]
struct Args {
    /// A preset; without it a single layer
    preset: Option<String>,
    /// Images of a batch [default: the preset's, or 100]
    #[arg(long)]
    batch: Option<usize>,
    #[arg(long, default_value_t = 100)]
    filters: usize,
    /// Side of the images
    #[arg(long, default_value_t = 32)]
    image: usize,
    #[arg(long, default_value_t = 2)]
    threads: usize,
    #[arg(long, value_enum, default_value_t = Kind::Winner)]
    kind: Kind,
    /// Share of the single layer's weights that is pruned
    #[arg(long, default_value_t = 0.0)]
    prune: f32,
    /// Side of the single layer's kernels
    #[arg(long, default_value_t = 5)]
    kernel: usize,
    /// Channels of the single layer's images
    #[arg(long, default_value_t = 3)]
    channels: usize,
    /// Time the forward pass alone
    #[arg(long)]
    inference: bool,
    /// Convolve by direct products alone, without Winograd's components
    #[arg(long)]
    direct: bool,
    /// Time the dense product of weights and patches alone too
    #[arg(long)]
    product: bool,
    /// How long each layer is timed
    #[arg(long, default_value_t = 1.0)]
    seconds: f64,
}

/// How the single layer competes.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// The winner alone learns (instar)
    Winner,
    /// Every unit learns (SoftHebb)
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

fn case(args: &Args) -> hebb_learn::Result<Case> {
    let mut case = match &args.preset {
        Some(name) => Case::of_preset(name)?,
        None => Case {
            name: format!("{:?}", args.kind).to_lowercase(),
            input: ImageShape::new(args.channels, args.image, args.image),
            batch: 100,
            layers: vec![layer(args)],
        },
    };
    case.batch = args.batch.unwrap_or(case.batch);
    Ok(case)
}

/// Times one layer, and its dense product if that is asked for.
fn time(args: &Args, case: &Case, net: &mut Net<CpuBackend>, index: usize) -> Result<Value, Box<dyn Error>> {
    let within = Duration::try_from_secs_f64(args.seconds)?;
    let kept = f64::from(1.0 - case.layers[index].prune);
    let work = cost(net.plan(index), case.batch, kept, !args.inference);
    let learning = learning(args);
    let taken = beside_peak(args.threads, work.flops, within, || net.layer(index, learning))?;
    let mut report = taken.to_json();
    report["gflop"] = json!(work.flops / 1e9);
    report["megabytes"] = json!(work.bytes / 1e6);
    report["flop_per_byte"] = json!(work.intensity());
    if args.product {
        let dense = cost(net.plan(index), case.batch, 1.0, false).flops;
        report["product"] = beside_peak(args.threads, dense, within, net.product(index)?)?.to_json();
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
    let mut net = Net::new(
        CpuBackend::with_threads(args.threads)?.with_winograd(!args.direct),
        &case,
    )?;
    net.step(learning(&args))?;
    net.step(learning(&args))?;
    let mut layers = Vec::new();
    for index in 0..net.depth() {
        layers.push(time(&args, &case, &mut net, index)?);
    }
    // Before the measurement of the bandwidth, which takes memory of its own.
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
        "bandwidth_gb_s": bandwidth(args.threads) / 1e9,
    });
    println!("{report}");
    Ok(())
}

/// The most memory that this process has held, as Linux tells it.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(1024 * kilobytes)
}
