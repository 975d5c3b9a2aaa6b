//! Matrix products of the sizes in real layers: hebb-cpu's kernel, matrixmultiply and faer.
//!
//! `cpu` uses all threads; `cpu-1`, matrixmultiply and faer use one.
#![allow(clippy::unwrap_used, reason = "a bench may panic")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use hebb_bench::values;
use hebb_core::backend::{Backend, Gemm};
use hebb_cpu::CpuBackend;

/// Forward (B stored transposed) and weight gradient (A stored transposed) of layers, as m×n×k.
const SIZES: [(&str, [usize; 3]); 9] = [
    ("forward", [78_400, 100, 75]),
    ("gradient", [100, 75, 78_400]),
    ("forward", [784, 96, 75]),
    ("forward", [9_216, 128, 864]),
    ("gradient", [128, 864, 9_216]),
    ("forward", [6_400, 192, 1_152]),
    ("forward", [2_560, 384, 864]),
    ("gradient", [384, 864, 2_560]),
    ("forward", [640, 1_536, 3_456]),
];

/// A product and its operands, each stored row-major.
struct Product {
    gemm: Gemm,
    a: Vec<f32>,
    b: Vec<f32>,
    c: Vec<f32>,
}

impl Product {
    fn new(kind: &str, [m, n, k]: [usize; 3]) -> Self {
        let gemm = Gemm::new(m, n, k);
        Self {
            gemm: match kind {
                "gradient" => gemm.transpose_a(),
                _ => gemm.transpose_b(),
            },
            a: values(m * k),
            b: values(k * n),
            c: vec![0.0; m * n],
        }
    }

    fn by_backend(&mut self, backend: &CpuBackend) {
        backend.gemm(self.gemm, &self.a, &self.b, &mut self.c).unwrap();
    }

    fn by_matrixmultiply(&mut self) {
        let Gemm { m, n, k, .. } = self.gemm;
        // From one row to the next, and from one column to the next.
        let strides = |rows: usize, columns: usize, transposed: bool| match transposed {
            true => (1, rows as isize),
            false => (columns as isize, 1),
        };
        let (a, b) = (self.a.as_ptr(), self.b.as_ptr());
        let (row_a, column_a) = strides(m, k, self.gemm.transpose_a);
        let (row_b, column_b) = strides(k, n, self.gemm.transpose_b);
        let (c, row_c) = (self.c.as_mut_ptr(), n as isize);
        // SAFETY: by their strides A is m×k, B k×n and C m×n, all within their vectors, and C is borrowed exclusively.
        unsafe {
            matrixmultiply::sgemm(
                m, k, n, 1.0, a, row_a, column_a, b, row_b, column_b, 0.0, c, row_c, 1,
            );
        }
    }

    fn by_faer(&mut self) {
        let Gemm { m, n, k, .. } = self.gemm;
        let view = |values, [rows, columns]: [usize; 2], transposed: bool| match transposed {
            true => MatRef::from_row_major_slice(values, columns, rows).transpose(),
            false => MatRef::from_row_major_slice(values, rows, columns),
        };
        let a: MatRef<'_, f32> = view(&self.a, [m, k], self.gemm.transpose_a);
        let b: MatRef<'_, f32> = view(&self.b, [k, n], self.gemm.transpose_b);
        let c = MatMut::from_row_major_slice_mut(&mut self.c, m, n);
        matmul(c, Accum::Replace, a, b, 1.0, Par::Seq);
    }
}

/// Times one library on a product.
fn time(
    criterion: &mut Criterion,
    library: &str,
    case: &str,
    product: &mut Product,
    make: impl Fn(&mut Product),
) {
    let Gemm { m, n, k, .. } = product.gemm;
    let mut group = criterion.benchmark_group(format!("{library}/gemm"));
    group.throughput(Throughput::Elements(2 * (m * n * k) as u64));
    group.bench_function(case, |bencher| bencher.iter(|| make(product)));
    group.finish();
}

fn products(criterion: &mut Criterion) {
    let (all, one) = (CpuBackend::new(), CpuBackend::with_threads(1).unwrap());
    for (kind, size) in SIZES {
        let [m, n, k] = size;
        let case = format!("{kind}-{m}x{n}x{k}");
        let mut product = Product::new(kind, size);
        time(criterion, "cpu", &case, &mut product, |product| {
            product.by_backend(&all)
        });
        time(criterion, "cpu-1", &case, &mut product, |product| {
            product.by_backend(&one)
        });
        time(
            criterion,
            "matrixmultiply",
            &case,
            &mut product,
            Product::by_matrixmultiply,
        );
        time(criterion, "faer", &case, &mut product, Product::by_faer);
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = products
}
criterion_main!(benches);
