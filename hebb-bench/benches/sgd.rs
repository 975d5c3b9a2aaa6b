//! SGD steps and inference of one network.
#![allow(clippy::unwrap_used, reason = "a bench may panic")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hebb_bench::SgdNetwork;
use hebb_cpu::CpuBackend;

const BATCH: usize = 64;

fn sgd(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cpu");
    group.throughput(Throughput::Elements(BATCH as u64));
    let mut network = SgdNetwork::new(CpuBackend::new(), BATCH).unwrap();
    group.bench_function("train/sgd-amato", |bencher| {
        bencher.iter(|| network.step().unwrap())
    });
    group.bench_function("infer/sgd-amato", |bencher| {
        bencher.iter(|| network.infer().unwrap())
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30);
    targets = sgd
}
criterion_main!(benches);
