//! Training steps on a real device. Without one the benchmark prints what is missing and measures nothing; with
//! `HEBB_REQUIRE=cuda` that is a failure.
#![allow(clippy::unwrap_used, reason = "a bench may panic")]

use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hebb_core::geometry::ImageShape;
use hebb_core::layer::{LayerConfig, Learning, Normalize};
use hebb_core::network::Network;
use hebb_core::plan::{Competition, Output, Pool, PoolKind};
use hebb_core::{Backend, Seed};
use hebb_cuda::{CudaBackend, CudaOptions, Precision};
use ndarray::Array4;

const BATCH: usize = 100;
const INPUT: ImageShape = ImageShape::new(3, 32, 32);

/// The first layer of `miconi2021`.
fn layer() -> LayerConfig {
    LayerConfig {
        normalize: Normalize::Standardize,
        competition: Some(Competition::k_wta(1)),
        output: Output::Triangle { power: 1.0 },
        pool: Some(Pool::tiled(PoolKind::Average, 2)),
        ..LayerConfig::conv(100, 5)
    }
}

fn open(precision: Precision) -> Option<CudaBackend> {
    let options = CudaOptions {
        precision,
        ..CudaOptions::from_env().unwrap()
    };
    match CudaBackend::with_options(0, &options) {
        Ok(backend) => Some(backend),
        Err(error) => {
            let required = std::env::var("HEBB_REQUIRE").unwrap_or_default();
            assert!(!required.split(',').any(|name| name.trim() == "cuda"), "{error}");
            println!("skipped: {error}");
            None
        }
    }
}

fn training(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cuda");
    group.throughput(Throughput::Elements(BATCH as u64));
    let shape = (BATCH, INPUT.channels, INPUT.height, INPUT.width);
    let images = Array4::from_shape_fn(shape, |(b, c, i, j)| {
        ((b * 7 + c * 5 + i * 3 + j) % 97) as f32 / 97.0
    });
    for (name, precision) in Precision::NAMES {
        let Some(backend) = open(precision) else { return };
        println!("{}", backend.description());
        let mut network = Network::new(Arc::new(backend), INPUT, &[layer()], Seed::new(0)).unwrap();
        group.bench_function(format!("train/{name}"), |bencher| {
            bencher.iter(|| {
                network.process(images.view(), &[Learning::ALL]).unwrap();
                network.backend().synchronize().unwrap();
            });
        });
    }
    group.finish();
}

criterion_group!(benches, training);
criterion_main!(benches);
