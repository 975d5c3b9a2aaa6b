//! Results are the same bits for any number of threads, and those of the reference within rounding.

mod support;

use hebb_core::backend::{Backend, Dims, Gemm, Operand, PatchMatrix, PoolBatch, buffer_of, host_of};
use hebb_core::formula::{Formula, Unary};
use hebb_core::geometry::{ConvGeometry, ImageShape, PaddingMode, Window};
use hebb_core::plan::{Pool, PoolKind, Similarity};
use hebb_core::{RefBackend, Result};
use hebb_cpu::CpuBackend;
use support::random;

/// Every primitive on sizes that are cut into many tasks with a rest, by name.
fn results<B: Backend>(backend: &B) -> Result<Vec<(String, Vec<f32>)>> {
    let mut all = Vec::new();
    products(backend, &mut all)?;
    for dims in [Dims::new(911, 37), Dims::new(3, 20_011), Dims::new(1, 1)] {
        rows(backend, dims, &mut all)?;
        responses(backend, dims, &mut all)?;
    }
    images(backend, &mut all)?;
    Ok(all)
}

type Named = Vec<(String, Vec<f32>)>;

fn products<B: Backend>(backend: &B, all: &mut Named) -> Result<()> {
    for (m, n, k) in [
        (300, 70, 33),
        (17, 19, 4001),
        (2100, 5, 8),
        (521, 101, 333),
        (1, 1, 1),
        (257, 3, 0),
    ] {
        for (ta, tb) in [(false, false), (true, false), (false, true), (true, true)] {
            let gemm = Gemm {
                transpose_a: ta,
                transpose_b: tb,
                ..Gemm::new(m, n, k).scaled(0.5, -2.0)
            };
            let [a, b] = [(m * k, 1), (k * n, 2)].map(|(len, seed)| random(len, seed));
            let (a, b) = (buffer_of(backend, &a)?, buffer_of(backend, &b)?);
            let mut c = buffer_of(backend, &random(m * n, 3))?;
            backend.gemm(gemm, &a, &b, &mut c)?;
            all.push((format!("{gemm:?}"), host_of(backend, &c, m * n)?));
        }
    }
    Ok(())
}

fn rows<B: Backend>(backend: &B, dims: Dims, all: &mut Named) -> Result<()> {
    let x = random(dims.len(), 4);
    let scales = buffer_of(backend, &random(dims.rows, 5))?;
    let other = buffer_of(backend, &random(dims.len(), 6))?;
    let mut push = |name: &str, edit: &dyn Fn(&mut B::Buffer) -> Result<()>| -> Result<()> {
        let mut buffer = buffer_of(backend, &x)?;
        edit(&mut buffer)?;
        all.push((format!("{name} {dims:?}"), host_of(backend, &buffer, dims.len())?));
        Ok(())
    };
    push("standardize", &|x| backend.standardize_rows(dims, 1e-10, x))?;
    push("normalize", &|x| backend.normalize_rows(dims, 1e-10, x))?;
    let (rate, matrix) = (Operand::rows(&scales), Operand::elements(&other));
    let scaled = Formula::of(|[x, scale]| x * scale);
    let moved = Formula::of(|[x, rate, other]| x + other * rate);
    push("scale", &|x| backend.update(&scaled, dims, &[rate], x))?;
    push("add", &|x| backend.update(&moved, dims, &[rate, matrix], x))?;
    push("multiply", &|x| backend.update(&scaled, dims, &[matrix], x))?;
    push("row norms", &|x| backend.row_norms_squared(dims, &other, x))?;
    push("column sums", &|x| backend.column_sums(dims, &other, x))?;
    let size = dims.rows.min(dims.cols);
    push("triangle", &|x| backend.lower_triangle(size, x))
}

fn responses<B: Backend>(backend: &B, dims: Dims, all: &mut Named) -> Result<()> {
    let u = random(dims.len(), 7);
    let positive = |len, seed| {
        random(len, seed)
            .iter()
            .map(|v| 3.0 + v.abs())
            .collect::<Vec<_>>()
    };
    let patch_norms = buffer_of(backend, &positive(dims.rows, 8))?;
    let unit_norms = buffer_of(backend, &positive(dims.cols, 9))?;
    let thresholds = buffer_of(backend, &random(dims.cols, 10))?;
    let similarities = [
        Similarity::Projection,
        Similarity::Cosine,
        Similarity::RaisedCosine { power: 2.0 },
        Similarity::Gaussian { sigma: 2.0 },
    ];
    for similarity in similarities {
        let mut dots = buffer_of(backend, &u)?;
        backend.similarity(similarity, dims, &patch_norms, &unit_norms, &mut dots)?;
        all.push((
            format!("{similarity:?} {dims:?}"),
            host_of(backend, &dots, dims.len())?,
        ));
    }
    let u = buffer_of(backend, &u)?;
    let mut y = backend.zeros(dims.len())?;
    for competition in support::competitions(dims.cols) {
        backend.compete(&competition, dims, &u, Some(&thresholds), &mut y)?;
        all.push((
            format!("{competition:?} {dims:?}"),
            host_of(backend, &y, dims.len())?,
        ));
    }
    let mut out = backend.zeros(dims.len())?;
    for output in support::OUTPUTS {
        backend.activate(&output, dims, &u, Some(&thresholds), &y, &mut out)?;
        all.push((
            format!("{output:?} {dims:?}"),
            host_of(backend, &out, dims.len())?,
        ));
    }
    let formula = Formula::of(|[y, u, t, s]| (y * u - s).apply(Unary::Tanh) * t);
    let [y, shared] = [Operand::elements(&y), Operand::shared_rows(&u, 3)];
    let operands = [y, Operand::elements(&u), shared, Operand::columns(&thresholds)];
    backend.map(&formula, dims, &operands, &mut out)?;
    all.push((format!("{formula} {dims:?}"), host_of(backend, &out, dims.len())?));
    Ok(())
}

fn images<B: Backend>(backend: &B, all: &mut Named) -> Result<()> {
    let shape = ImageShape::new(3, 17, 12);
    let x = buffer_of(backend, &random(9 * shape.len(), 11))?;
    for mode in [PaddingMode::Zero, PaddingMode::Reflect] {
        let window = Window {
            padding: [2, 1],
            stride: [1, 2],
            dilation: [2, 1],
            mode,
            ..Window::square(3)
        };
        let conv = ConvGeometry::new(shape, window)?;
        let len = 9 * conv.positions() * conv.patch_len();
        let mut patches = backend.zeros(len)?;
        backend.im2col(&PatchMatrix::new(conv, 9), &x, &mut patches)?;
        all.push((format!("{conv:?}"), host_of(backend, &patches, len)?));
    }
    for kind in [PoolKind::Average, PoolKind::Max] {
        let pool = Pool {
            kind,
            size: 4,
            stride: 3,
            padding: 1,
        };
        let len = 9 * pool.output(shape)?.len();
        let mut out = backend.zeros(len)?;
        backend.pool(&PoolBatch::new(pool, 9, shape)?, &x, &mut out)?;
        all.push((format!("{pool:?}"), host_of(backend, &out, len)?));
    }
    Ok(())
}

#[test]
fn primitives_give_the_same_bits_for_any_number_of_threads() {
    let one = results(&CpuBackend::with_threads(1).unwrap()).unwrap();
    for threads in [2, 3] {
        let many = results(&CpuBackend::with_threads(threads).unwrap()).unwrap();
        for ((name, one), (_, many)) in one.iter().zip(&many) {
            let same = one.iter().zip(many).all(|(a, b)| a.to_bits() == b.to_bits());
            assert!(same, "{name} with {threads} threads");
        }
    }
}

#[test]
fn primitives_agree_with_the_reference() {
    let reference = results(&RefBackend).unwrap();
    let found = results(&CpuBackend::new()).unwrap();
    for ((name, expected), (_, found)) in reference.iter().zip(&found) {
        let scale = expected.iter().fold(1.0f32, |max, v| max.max(v.abs()));
        for (index, (a, b)) in expected.iter().zip(found).enumerate() {
            assert!((a - b).abs() <= 1e-5 * scale, "{name} at {index}: {b}, not {a}");
        }
    }
}

/// The other tests, in a process of its own without vector instructions.
#[test]
fn primitives_without_vectors_do_so_too() {
    for test in [
        "primitives_give_the_same_bits_for_any_number_of_threads",
        "primitives_agree_with_the_reference",
    ] {
        support::passes_with("scalar", test);
    }
}
