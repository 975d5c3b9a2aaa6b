//! The calls of the conformance suite.

use super::backprop::{BackpropCall, ConvGradient, NormGradient};
use super::{Primitive, ThresholdOperand};
use crate::backend::{Convolution, Dims, Gemm, Spread};
use crate::formula::{Formula, Unary};
use crate::geometry::{ConvGeometry, ImageShape, Window};
use crate::plan::{Output, Pool, PoolKind, Similarity};
use crate::testing::choices;

/// Edge-case sizes: zero, one, primes, non-multiples of the vector width, more than a tile.
const SIZES: &[(usize, usize)] = &[
    (0, 0),
    (0, 5),
    (1, 1),
    (1, 17),
    (3, 1),
    (7, 5),
    (13, 31),
    (67, 9),
    (40, 130),
];

/// Every call that the conformance suite makes.
pub(in crate::testing) fn corpus() -> Vec<Primitive> {
    let mut calls = gemms();
    calls.extend(images());
    calls.extend(convolutions());
    for &(rows, cols) in SIZES {
        let dims = Dims::new(rows, cols);
        calls.extend(matrices(dims));
        calls.extend(elements(dims));
        calls.extend(norms(dims));
    }
    // Rows longer than a block of elements.
    calls.extend(maps(Dims::new(5, 1100)));
    // Draws within a block of the generator, across blocks, and across tasks of a backend.
    let draws = [(0, 0), (1, 0), (5, 14), (16, 16), (1000, 37), (20_000, 5)];
    calls.extend(draws.map(|(len, before)| Primitive::Backprop(BackpropCall::Uniform(len, before))));
    calls
}

fn gemms() -> Vec<Primitive> {
    const SHAPES: &[[usize; 3]] = &[
        [0, 0, 0],
        [0, 3, 2],
        [2, 0, 3],
        [3, 2, 0],
        [1, 1, 1],
        [7, 5, 3],
        [8, 8, 8],
        [13, 1, 29],
        [1, 37, 11],
        [33, 17, 65],
    ];
    let mut calls = Vec::new();
    for &[m, n, k] in SHAPES {
        for (alpha, beta) in [(1.0, 0.0), (-1.0, 1.0), (0.5, -2.0), (0.0, 0.5)] {
            let plain = Gemm::new(m, n, k).scaled(alpha, beta);
            let all = [
                plain,
                plain.transpose_a(),
                plain.transpose_b(),
                plain.transpose_a().transpose_b(),
            ];
            calls.extend(all.map(Primitive::Gemm));
        }
    }
    calls
}

/// Convolutions of every geometry, and some large enough for several tasks.
fn convolutions() -> Vec<Primitive> {
    let small = choices::geometries()
        .into_iter()
        .flat_map(|geometry| [(0, 3), (1, 1), (3, 9)].map(|(images, units)| (geometry, images, units)));
    let large = [
        (ImageShape::new(5, 9, 8), 3, 5, 50),
        (ImageShape::new(3, 12, 12), 5, 7, 20),
    ];
    let large = large.into_iter().filter_map(|(shape, kernel, images, units)| {
        let geometry = ConvGeometry::new(shape, Window::square(kernel)).ok()?;
        Some((geometry, images, units))
    });
    let dense = ConvGeometry::dense(ImageShape::new(3, 7, 9))
        .ok()
        .map(|geometry| (geometry, 11, 13));
    small
        .chain(large)
        .chain(dense)
        .flat_map(|(geometry, images, units)| {
            let convolution = Convolution {
                geometry,
                units,
                images,
            };
            let gradients = [ConvGradient::Weights, ConvGradient::Bias, ConvGradient::Input];
            let forward = [true, false].map(|bias| BackpropCall::Convolve(convolution, bias));
            let backward = gradients.map(|gradient| BackpropCall::ConvolveBackward(convolution, gradient));
            forward.into_iter().chain(backward).map(Primitive::Backprop)
        })
        .collect()
}

fn images() -> Vec<Primitive> {
    let mut calls = Vec::new();
    for conv in choices::geometries() {
        calls.extend([0, 1, 3].map(|images| Primitive::Im2col(conv, images)));
        calls.extend([0, 1, 3].map(|images| Primitive::Backprop(BackpropCall::Col2im(conv, images))));
    }
    for shape in [
        ImageShape::new(1, 4, 4),
        ImageShape::new(3, 5, 9),
        ImageShape::new(9, 7, 4),
    ] {
        for pool in choices::pools() {
            calls.extend([0, 2].map(|images| Primitive::Pool(pool, images, shape)));
            calls.extend(
                [0, 2].map(|images| Primitive::Backprop(BackpropCall::PoolBackward(pool, images, shape))),
            );
        }
    }
    let whole = Pool::tiled(PoolKind::Average, 1);
    calls.push(Primitive::Pool(whole, 2, ImageShape::new(2, 1, 1)));
    calls
}

fn matrices(dims: Dims) -> Vec<Primitive> {
    vec![
        Primitive::Copy(dims.len()),
        Primitive::RowNorms(dims),
        Primitive::ColumnSums(dims),
        Primitive::Backprop(BackpropCall::ColumnMean(dims)),
        Primitive::Backprop(BackpropCall::ColumnVariance(dims)),
        Primitive::Backprop(BackpropCall::ColumnProducts(dims)),
        Primitive::StandardizeRows(dims, 1e-3),
        Primitive::LowerTriangle(dims.rows),
        Primitive::NormalizeRows(dims, 1e-6),
        Primitive::Largest(dims.len()),
        Primitive::Backprop(BackpropCall::EntropyGradient(dims)),
        Primitive::Backprop(BackpropCall::EntropyScores(dims)),
    ]
}

fn norms(dims: Dims) -> Vec<Primitive> {
    let gradients = [NormGradient::Scale, NormGradient::Shift, NormGradient::Input];
    let own = gradients.map(|gradient| BackpropCall::BatchNormBackward(dims, gradient, true));
    let running = BackpropCall::BatchNormBackward(dims, NormGradient::Input, false);
    own.into_iter()
        .chain([running, BackpropCall::BatchNorm(dims)])
        .map(Primitive::Backprop)
        .collect()
}

fn elements(dims: Dims) -> Vec<Primitive> {
    let mut calls: Vec<Primitive> = choices::similarities()
        .into_iter()
        .map(|kind| Primitive::Similarity(kind, dims))
        .collect();
    for thresholds in [ThresholdOperand::Given, ThresholdOperand::Absent] {
        let fitting = choices::competitions(dims.cols);
        calls.extend(
            fitting
                .into_iter()
                .map(|kind| Primitive::Compete(kind, dims, thresholds)),
        );
        let outputs: Vec<Output> = choices::outputs(dims.cols, Similarity::Cosine);
        calls.extend(
            outputs
                .into_iter()
                .map(|kind| Primitive::Activate(kind, dims, thresholds)),
        );
    }
    calls.extend(maps(dims));
    calls
}

/// Every element, a row for three rows, columns, rows and one value.
const SPREADS: &[Spread] = &[
    Spread::Element,
    Spread::Element,
    Spread::Rows(3),
    Spread::Column,
    Spread::Row,
    Spread::Single,
];

fn maps(dims: Dims) -> impl Iterator<Item = Primitive> {
    formulas().into_iter().flat_map(move |formula| {
        // In place, the target is the first operand and the others follow.
        let update = Primitive::Update(formula.clone(), dims, &SPREADS[1..]);
        [Primitive::Map(formula, dims, SPREADS), update]
    })
}

/// Formulas that between them use every spread and every function, and their first operand once, often or never.
fn formulas() -> Vec<Formula> {
    vec![
        Formula::Constant(0.75),
        Formula::of(|[x]| x),
        Formula::of(|[_, y, t]| t - y),
        Formula::of(|[x, _, _, c, r]| x.clone() * (x - c) + r),
        Formula::of(|[x, y]| -x.clone().abs() + y.apply(Unary::Sign) * x.positive()),
        Formula::of(|[x, y]| y.clone().apply(Unary::Tanh) + x.max(y).max(0.0)),
        Formula::of(|[x, y]| x.exp() - y.abs().sqrt()),
        Formula::of(|[x, y]| x.pow(1.5) - y.pow(2.0)),
        Formula::of(|[_, y, _, _, _, s]| (y.abs() + 0.5).recip() * s),
        // The steps of updates: along a row's rate, by one scale, and with the target on the right.
        Formula::of(|[x, y, _, _, r]| x + y * r),
        Formula::of(|[x, _, _, _, r]| x * r),
        Formula::of(|[x, _, _, _, _, s]| x * s),
        Formula::of(|[x, y, _, c, r]| c * r - (y - x)),
    ]
}
