//! Whole steps of gradient descent.
#![allow(clippy::unwrap_used, reason = "a bench may panic")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hebb_bench::Descent;
use hebb_cpu::CpuBackend;

const BATCH: usize = 64;

fn descent(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cpu");
    group.throughput(Throughput::Elements(BATCH as u64));
    let mut descent = Descent::new(CpuBackend::new(), BATCH).unwrap();
    group.bench_function("train/sgd-amato", |bencher| {
        bencher.iter(|| descent.step().unwrap())
    });
    group.bench_function("infer/sgd-amato", |bencher| {
        bencher.iter(|| descent.infer().unwrap())
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30);
    targets = descent
}
criterion_main!(benches);
