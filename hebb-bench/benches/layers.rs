//! Whole training steps, inference, and single layers.
#![allow(clippy::unwrap_used, reason = "a bench may panic")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hebb_bench::{Case, NETWORKS, Net};
use hebb_core::layer::Learning;
use hebb_cpu::CpuBackend;

fn networks(criterion: &mut Criterion) {
    for (name, _) in NETWORKS {
        let case = Case::of_preset(name).unwrap();
        let mut group = criterion.benchmark_group("cpu");
        group.throughput(Throughput::Elements(case.batch as u64));
        let mut net = Net::new(CpuBackend::new(), &case).unwrap();
        net.step(Learning::ALL).unwrap();
        group.bench_function(format!("train/{}", case.name), |bencher| {
            bencher.iter(|| net.step(Learning::ALL).unwrap());
        });
        group.bench_function(format!("infer/{}", case.name), |bencher| {
            bencher.iter(|| net.step(Learning::NONE).unwrap());
        });
        for index in 0..net.depth() {
            group.bench_function(format!("layer/{}-{}", case.name, index + 1), |bencher| {
                bencher.iter(|| net.layer(index, Learning::ALL).unwrap());
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
