//! The operations that layers are made of.
#![allow(clippy::unwrap_used, reason = "a bench may panic")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hebb_bench::values;
use hebb_core::backend::{Backend, Dims};
use hebb_core::geometry::{ConvGeometry, ImageShape, Window};
use hebb_core::plan::{Competition, Output, Pool, PoolKind, Similarity};
use hebb_cpu::CpuBackend;

fn rows(criterion: &mut Criterion) {
    let backend = CpuBackend::new();
    let dims = Dims::new(78_400, 100);
    let u = values(dims.len());
    let norms = vec![1.0; dims.rows];
    let mut y = vec![0.0; dims.len()];
    let mut group = criterion.benchmark_group("cpu");
    group.throughput(Throughput::Elements(dims.len() as u64));
    for k in [1, 5, 50] {
        let competition = Competition::KWta {
            k,
            values: false,
            positive: true,
        };
        group.bench_function(format!("compete/{k}-of-100"), |bencher| {
            bencher.iter(|| backend.compete(&competition, dims, &u, None, &mut y).unwrap());
        });
    }
    let outputs = [("triangle", 1.0), ("triangle-0.7", 0.7)];
    for (name, power) in outputs {
        let output = Output::Triangle { power };
        let mut out = vec![0.0; dims.len()];
        group.bench_function(format!("activate/{name}"), |bencher| {
            bencher.iter(|| backend.activate(&output, dims, &u, None, &y, &mut out).unwrap());
        });
    }
    let raised = Similarity::RaisedCosine { power: 2.0 };
    group.bench_function("similarity/raised-cosine", |bencher| {
        bencher.iter(|| backend.similarity(raised, dims, &norms, &norms, &mut y).unwrap());
    });
    group.bench_function("column-sums/78400x100", |bencher| {
        bencher.iter(|| backend.column_sums(dims, &u, &mut y).unwrap());
    });
    group.bench_function("standardize/100x78400", |bencher| {
        bencher.iter(|| {
            backend
                .standardize_rows(Dims::new(100, 78_400), 1e-10, &mut y)
                .unwrap()
        });
    });
    group.finish();
}

fn images(criterion: &mut Criterion) {
    let backend = CpuBackend::new();
    let shape = ImageShape::new(3, 32, 32);
    let conv = ConvGeometry::new(shape, Window::square(5)).unwrap();
    let input = values(100 * shape.len());
    let mut patches = vec![0.0; 100 * conv.positions() * conv.patch_len()];
    let mut group = criterion.benchmark_group("cpu");
    group.throughput(Throughput::Elements(100));
    group.bench_function("im2col/3x32x32-5", |bencher| {
        bencher.iter(|| backend.im2col(&conv, 100, &input, &mut patches).unwrap());
    });
    let responses = conv.output(100);
    let x = values(100 * responses.len());
    let mut pooled = vec![0.0; x.len()];
    for kind in [PoolKind::Average, PoolKind::Max] {
        let pool = Pool::tiled(kind, 2);
        group.bench_function(format!("pool/{kind:?}-100x28x28").to_lowercase(), |bencher| {
            bencher.iter(|| backend.pool(&pool, 100, responses, &x, &mut pooled).unwrap());
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = rows, images
}
criterion_main!(benches);
