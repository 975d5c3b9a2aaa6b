//! Methods of `Backend`, each on a batch of the first layer of Miconi 2021.
#![allow(clippy::unwrap_used, reason = "a bench may panic")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hebb_bench::values;
use hebb_core::Seed;
use hebb_core::backend::{
    Backend, ColumnNorm, Dims, Logits, NormGradients, Operand, PatchMatrix, PoolBatch, Workspace,
};
use hebb_core::formula::Formula;
use hebb_core::geometry::{ConvGeometry, ImageShape, Window};
use hebb_core::plan::{Competition, Output, Pool, PoolKind, Similarity};
use hebb_cpu::CpuBackend;

/// Images in a batch.
const IMAGES: usize = 100;
/// Responses of 100 units at 28×28 positions.
const RESPONSES: Dims = Dims::new(IMAGES * 28 * 28, 100);

/// Times an operation; `elements` is the number of values or images that it works on.
fn time(criterion: &mut Criterion, case: impl Into<String>, elements: usize, mut run: impl FnMut()) {
    let mut group = criterion.benchmark_group("cpu");
    group.throughput(Throughput::Elements(elements as u64));
    group.bench_function(case.into(), |bencher| bencher.iter(&mut run));
    group.finish();
}

fn competing(criterion: &mut Criterion) {
    let (backend, dims) = (CpuBackend::new(), RESPONSES);
    let u = values(dims.len());
    let norms = vec![1.0; dims.rows];
    let mut y = vec![0.0; dims.len()];
    let k_wta = |k| Competition::KWta {
        k,
        values: false,
        positive: true,
    };
    let competitions = [
        ("compete/hard-wta", Competition::HardWta),
        ("compete/5-of-100", k_wta(5)),
        ("compete/50-of-100", k_wta(50)),
        ("compete/soft-wta", Competition::SignedSoftWta { beta: 1.0 }),
    ];
    for (case, competition) in competitions {
        time(criterion, case, dims.len(), || {
            backend.compete(&competition, dims, &u, None, &mut y).unwrap();
        });
    }
    let mut out = vec![0.0; dims.len()];
    for (case, power) in [("activate/triangle", 1.0), ("activate/triangle-0.7", 0.7)] {
        let output = Output::Triangle { power };
        time(criterion, case, dims.len(), || {
            backend.activate(&output, dims, &u, None, &y, &mut out).unwrap();
        });
    }
    let raised = Similarity::RaisedCosine { power: 2.0 };
    time(criterion, "similarity/raised-cosine", dims.len(), || {
        backend.similarity(raised, dims, &norms, &norms, &mut y).unwrap();
    });
    let oja = Formula::of(|[y, u, s]| y.clone() * (u - s * y));
    time(criterion, "map/y(u-sy)", dims.len(), || {
        let [y, u] = [&y, &u].map(Operand::elements);
        let operands = [y, u, Operand::columns(&norms)];
        backend.map(&oja, dims, &operands, &mut out).unwrap();
    });
}

fn rows(criterion: &mut Criterion) {
    let backend = CpuBackend::new();
    // One image a row, and a square of the size of Sanger's rule.
    let dims = Dims::new(IMAGES, RESPONSES.len() / IMAGES);
    let square = 400;
    let x = values(dims.len());
    let (ones, scale) = (vec![1.0; dims.len()], vec![1e-9; dims.rows]);
    let (mut y, mut norms) = (x.clone(), vec![0.0; dims.rows]);
    let scaled = Formula::of(|[y, scale]| y * scale);
    let moved = Formula::of(|[y, x, scale]| y + x * scale);
    let mut of_rows = |case, run: &mut dyn FnMut(&mut Vec<f32>)| {
        time(criterion, case, dims.len(), || run(&mut y));
    };
    of_rows("row-norms", &mut |_| {
        backend.row_norms_squared(dims, &x, &mut norms).unwrap()
    });
    of_rows("standardize-rows", &mut |y| {
        backend.standardize_rows(dims, 1e-10, y).unwrap()
    });
    of_rows("normalize-rows", &mut |y| {
        backend.normalize_rows(dims, 1e-10, y).unwrap()
    });
    of_rows("add-scaled-rows", &mut |y| {
        let operands = [Operand::elements(&x), Operand::rows(&scale)];
        backend.update(&moved, dims, &operands, y).unwrap()
    });
    of_rows("scale-rows", &mut |y| {
        backend.update(&scaled, dims, &[Operand::rows(&ones)], y).unwrap()
    });
    of_rows("multiply", &mut |y| {
        backend
            .update(&scaled, dims, &[Operand::elements(&ones)], y)
            .unwrap()
    });
    let mut stream = Seed::new(0).stream("bench", 0);
    of_rows("uniform", &mut |y| {
        backend.uniform(dims.len(), &mut stream, y).unwrap()
    });
    time(criterion, "lower-triangle", square * square, || {
        backend.lower_triangle(square, &mut y).unwrap();
    });
}

fn columns(criterion: &mut Criterion) {
    let (backend, dims) = (CpuBackend::new(), RESPONSES);
    let (x, grad_output) = (values(dims.len()), values(dims.len()));
    let (ones, zeros) = (vec![1.0; dims.cols], vec![0.0; dims.cols]);
    let norm = || ColumnNorm {
        mean: &zeros,
        variance: &ones,
        scale: &ones,
        shift: &zeros,
        own_moments: true,
    };
    let (mut first, mut second) = (vec![0.0; dims.cols], vec![0.0; dims.cols]);
    let mut y = vec![0.0; dims.len()];
    let mut workspace = Workspace::default();
    time(criterion, "column-sums", dims.len(), || {
        backend.column_sums(dims, &x, &mut first).unwrap();
    });
    time(criterion, "column-moments", dims.len(), || {
        backend.column_moments(dims, &x, &mut first, &mut second).unwrap();
    });
    time(criterion, "column-products", dims.len(), || {
        backend
            .column_products(dims, &grad_output, &x, &zeros, &mut first)
            .unwrap();
    });
    time(criterion, "batch-norm", dims.len(), || {
        backend
            .batch_norm(dims, &x, norm(), &mut y, &mut workspace)
            .unwrap()
    });
    time(criterion, "batch-norm-backward", dims.len(), || {
        let gradients = NormGradients {
            output: &grad_output,
            scale: &mut first,
            shift: &mut second,
            input: Some(&mut y),
        };
        backend
            .batch_norm_backward(dims, &x, norm(), gradients, &mut workspace)
            .unwrap();
    });
}

fn entropy(criterion: &mut Criterion) {
    let (backend, classes) = (CpuBackend::new(), Dims::new(IMAGES * 100, 10));
    let (logits, labels) = (values(classes.len()), vec![3.0; classes.rows]);
    let logits = Logits {
        dims: classes,
        values: &logits,
        labels: &labels,
    };
    let mut y = vec![0.0; classes.len()];
    time(criterion, "entropy-gradient", classes.len(), || {
        backend.entropy_gradient(logits, &mut y).unwrap()
    });
    time(criterion, "entropy-scores", classes.len(), || {
        backend.entropy_scores(logits, &mut y).unwrap()
    });
}

fn images(criterion: &mut Criterion) {
    let backend = CpuBackend::new();
    let shape = ImageShape::new(3, 32, 32);
    let conv = ConvGeometry::new(shape, Window::square(5)).unwrap();
    let mut input = values(IMAGES * shape.len());
    let mut patches = vec![0.0; IMAGES * conv.positions() * conv.patch_len()];
    time(criterion, "im2col", IMAGES, || {
        backend
            .im2col(&PatchMatrix::new(conv, IMAGES), &input, &mut patches)
            .unwrap();
    });
    time(criterion, "col2im", IMAGES, || {
        backend
            .col2im(&PatchMatrix::new(conv, IMAGES), &patches, &mut input)
            .unwrap();
    });
    let responses = conv.output(RESPONSES.cols);
    let x = values(RESPONSES.len());
    let (mut pooled, mut back) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    for kind in [PoolKind::Average, PoolKind::Max] {
        let (pool, name) = (Pool::tiled(kind, 2), format!("{kind:?}").to_lowercase());
        time(criterion, format!("pool/{name}"), IMAGES, || {
            backend
                .pool(&PoolBatch::new(pool, IMAGES, responses).unwrap(), &x, &mut pooled)
                .unwrap();
        });
        time(criterion, format!("pool-backward/{name}"), IMAGES, || {
            backend
                .pool_backward(
                    &PoolBatch::new(pool, IMAGES, responses).unwrap(),
                    &x,
                    &pooled,
                    &mut back,
                )
                .unwrap();
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = competing, rows, columns, entropy, images
}
criterion_main!(benches);
