//! Training steps and inference of whole networks, and training steps of their single layers.
#![allow(clippy::unwrap_used, reason = "a bench may panic")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hebb_bench::{BenchCase, CASES, CaseNetwork};
use hebb_core::layer::Learning;
use hebb_cpu::CpuBackend;

fn networks(criterion: &mut Criterion) {
    for (name, _) in CASES {
        let case = BenchCase::of_preset(name).unwrap();
        let mut group = criterion.benchmark_group("cpu");
        group.throughput(Throughput::Elements(case.batch as u64));
        let mut network = CaseNetwork::new(CpuBackend::new(), &case).unwrap();
        network.step(Learning::ALL).unwrap();
        group.bench_function(format!("train/{}", case.name), |bencher| {
            bencher.iter(|| network.step(Learning::ALL).unwrap());
        });
        group.bench_function(format!("infer/{}", case.name), |bencher| {
            bencher.iter(|| network.step(Learning::NONE).unwrap());
        });
        for index in 0..network.depth() {
            group.bench_function(format!("layer/{}-{}", case.name, index + 1), |bencher| {
                bencher.iter(|| network.layer(index, Learning::ALL).unwrap());
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30);
    targets = networks
}
criterion_main!(benches);
