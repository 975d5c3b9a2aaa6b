//! Every choice of a plan with its edge cases, from which the corpus and the strategies draw.

use crate::geometry::{ConvGeometry, ImageShape, PaddingMode, Window};
use crate::plan::{
    Competition, Neighbourhood, Output, Pool, PoolKind, Reduction, Similarity, UnitGrid, UnitRate,
};

/// Convolutions: one position, primes, non-square, stride beyond the kernel, dilation, both paddings, dense.
pub fn geometries() -> Vec<ConvGeometry> {
    let image = ImageShape::new;
    let square = Window::square;
    let strided = |kernel, stride, padding| Window {
        kernel,
        stride,
        padding,
        ..square(1)
    };
    let dilated = Window {
        dilation: [2, 3],
        padding: [1, 2],
        ..square(3)
    };
    let reflected = Window {
        padding: [2, 1],
        mode: PaddingMode::Reflect,
        ..square(3)
    };
    let all = [
        (image(1, 1, 1), square(1)),
        (image(3, 5, 7), square(3)),
        (image(2, 4, 4), square(4)),
        (image(1, 7, 5), strided([2, 2], [3, 2], [1, 0])),
        (image(5, 6, 9), strided([1, 3], [1, 4], [0, 2])),
        (image(2, 7, 8), dilated),
        (image(3, 5, 4), reflected),
        (image(9, 3, 11), strided([3, 5], [5, 7], [0, 0])),
    ];
    all.into_iter()
        .filter_map(|(shape, window)| ConvGeometry::new(shape, window).ok())
        .chain(ConvGeometry::dense(image(3, 3, 4)))
        .collect()
}

/// Similarities.
pub fn similarities() -> Vec<Similarity> {
    vec![
        Similarity::Dot,
        Similarity::Projection,
        Similarity::Cosine,
        Similarity::RaisedCosine { power: 2.0 },
        Similarity::Gaussian { sigma: 1.5 },
        Similarity::Nearest,
        Similarity::PNorm { p: 3.0 },
        Similarity::PNorm { p: 2.5 },
    ]
}

/// Competitions that are valid for `units`.
pub fn competitions(units: usize) -> Vec<Competition> {
    let winners = |k, values, positive| Competition::KWta { k, values, positive };
    let lateral = |sides, kernel, sigma| Competition::Lateral {
        grid: UnitGrid(sides),
        kernel,
        sigma,
        shrink: 0.5,
    };
    // The smallest divisor above one makes the grid two-dimensional if possible.
    let side = (2..=units).find(|side| units.is_multiple_of(*side)).unwrap_or(1);
    let all = [
        Competition::None,
        Competition::HardWta,
        winners(1, false, false),
        winners(2, false, true),
        winners(3, true, false),
        winners(units / 2, true, true),
        winners(units, false, false),
        Competition::SoftWta { beta: 1.0 },
        Competition::SignedSoftWta { beta: 2.5 },
        Competition::WinnerResidual { beta: 0.5 },
        Competition::RankCoded { k: 2, delta: 0.4 },
        lateral([1, 1, units], Neighbourhood::Exponential, 2.0),
        lateral([1, side, units / side], Neighbourhood::Gauss, 1.0),
        lateral(
            [side, 1, units / side],
            Neighbourhood::DifferenceOfGaussians,
            0.75,
        ),
        lateral([units, 1, 1], Neighbourhood::DifferenceOfExponentials, 1.5),
    ];
    all.into_iter().filter(|kind| kind.check(units).is_ok()).collect()
}

/// Outputs that are valid for `units` and the similarity.
pub fn outputs(units: usize, similarity: Similarity) -> Vec<Output> {
    let all = [
        Output::Raw,
        Output::Relu,
        Output::Triangle { power: 1.0 },
        Output::Triangle { power: 0.7 },
        Output::Competition,
        Output::ClippedCosine,
        Output::KNearest { k: 1 },
        Output::KNearest { k: 3 },
    ];
    let fits = |output: &Output| output.check(units, similarity).is_ok();
    all.into_iter().filter(fits).collect()
}

/// Reductions.
pub const REDUCTIONS: [Reduction; 4] = [
    Reduction::Sum,
    Reduction::Mean,
    Reduction::WeightedMean,
    Reduction::MaxNormalized,
];

/// Unit rates.
pub const UNIT_RATES: [UnitRate; 3] = [
    UnitRate::Same,
    UnitRate::NormDependent { power: 0.5 },
    UnitRate::NormDependent { power: 1.0 },
];

/// Pools that fit images of at least 4×4.
pub fn pools() -> Vec<Pool> {
    let pool = |kind, size, stride, padding| Pool {
        kind,
        size,
        stride,
        padding,
    };
    vec![
        Pool::tiled(PoolKind::Average, 2),
        Pool::tiled(PoolKind::Max, 2),
        pool(PoolKind::Average, 4, 2, 1),
        pool(PoolKind::Max, 4, 2, 2),
        pool(PoolKind::Max, 1, 3, 0),
        pool(PoolKind::Average, 3, 1, 1),
        pool(PoolKind::Max, 3, 1, 1),
    ]
}
