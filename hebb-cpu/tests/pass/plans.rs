//! Plans, rules and masks that the tests of the pass share.

use crate::support;
use hebb_core::Seed;
use hebb_core::backend::LayerPlan;
use hebb_core::geometry::{ConvGeometry, ImageShape, PaddingMode, Window};
use hebb_core::plan::{Competition, Mask, Output, Pool, PoolKind, Similarity};
use hebb_core::rule::{Decay, Lowering, State, Statistic, state, t, u, y};

pub(crate) fn base() -> LayerPlan {
    LayerPlan {
        geometry: ConvGeometry::new(ImageShape::new(3, 14, 11), Window::square(3)).unwrap(),
        units: 20,
        similarity: Similarity::Dot,
        competition: Competition::HardWta,
        lowering: Lowering::new(y()).with_decay(Decay::activity()),
        output: Output::Triangle { power: 1.0 },
        pool: Some(Pool::tiled(PoolKind::Average, 2)),
    }
}

/// Plans for winners and for graded competition, and those whose sizes are cut into many parts.
pub(crate) fn plans() -> Vec<LayerPlan> {
    let graded = LayerPlan {
        competition: Competition::SignedSoftWta { beta: 1.5 },
        ..base()
    };
    // More steps of the inner dimension than a tile of a product holds.
    let deep = LayerPlan {
        geometry: ConvGeometry::new(ImageShape::new(40, 7, 6), Window::square(3)).unwrap(),
        units: 101,
        ..graded.clone()
    };
    let wide = LayerPlan {
        geometry: ConvGeometry::new(ImageShape::new(1, 42, 42), Window::square(1)).unwrap(),
        units: 480,
        ..graded.clone()
    };
    let dense = LayerPlan {
        geometry: ConvGeometry::dense(ImageShape::new(2, 5, 5)).unwrap(),
        pool: None,
        ..graded.clone()
    };
    let mut plans = variations(&base());
    plans.extend(variations(&graded));
    plans.extend([deep, wide, dense]);
    plans
}

/// Plans that vary one choice of `base` after the other.
pub(crate) fn variations(base: &LayerPlan) -> Vec<LayerPlan> {
    let mut plans = vec![base.clone()];
    plans.extend(windows().map(|geometry| LayerPlan {
        geometry,
        ..base.clone()
    }));
    plans.extend(similarities(base));
    plans.extend(competitions(base));
    plans.extend(pools().map(|pool| LayerPlan { pool, ..base.clone() }));
    plans.push(LayerPlan {
        units: 1,
        ..base.clone()
    });
    plans.extend(rules().map(|lowering| LayerPlan {
        lowering,
        ..base.clone()
    }));
    plans
}

fn windows() -> [ConvGeometry; 4] {
    let windows = [
        ([1, 1], [1, 1], [1, 1], PaddingMode::Reflect),
        ([2, 2], [1, 1], [0, 0], PaddingMode::Zero),
        ([2, 1], [1, 2], [2, 1], PaddingMode::Zero),
        ([1, 3], [2, 1], [1, 2], PaddingMode::Reflect),
    ];
    windows.map(|(stride, dilation, padding, mode)| {
        let window = Window {
            stride,
            dilation,
            padding,
            mode,
            ..Window::square(3)
        };
        ConvGeometry::new(ImageShape::new(3, 14, 11), window).unwrap()
    })
}

/// Every similarity, and every one from which a clipped cosine follows.
fn similarities(base: &LayerPlan) -> Vec<LayerPlan> {
    let raised = |power| Similarity::RaisedCosine { power };
    let similarities = [
        (Similarity::Projection, base.output),
        (Similarity::Cosine, base.output),
        (raised(2.0), base.output),
        (raised(1.5), base.output),
        (Similarity::Gaussian { sigma: 2.0 }, base.output),
        (Similarity::Cosine, Output::ClippedCosine),
        (raised(2.0), Output::ClippedCosine),
        (raised(1.5), Output::ClippedCosine),
    ];
    let plan = |(similarity, output)| LayerPlan {
        similarity,
        output,
        ..base.clone()
    };
    similarities.into_iter().map(plan).collect()
}

/// Every competition with every output.
fn competitions(base: &LayerPlan) -> Vec<LayerPlan> {
    let outputs = [base.output].into_iter().chain(support::OUTPUTS);
    let pairs = outputs.flat_map(|output| support::competitions(20).into_iter().map(move |c| (c, output)));
    let plan = |(competition, output)| LayerPlan {
        competition,
        output,
        ..base.clone()
    };
    pairs.map(plan).collect()
}

fn pools() -> [Option<Pool>; 5] {
    let pool = |kind, size, stride, padding| {
        Some(Pool {
            kind,
            size,
            stride,
            padding,
        })
    };
    [
        pool(PoolKind::Max, 2, 2, 0),
        pool(PoolKind::Max, 4, 2, 1),
        pool(PoolKind::Average, 3, 3, 0),
        pool(PoolKind::Average, 3, 2, 1),
        None,
    ]
}

pub(crate) fn rules() -> [Lowering; 3] {
    let running = |name, initial, of| State {
        name,
        initial,
        of,
        statistic: Statistic::Running { rate: 0.1 },
    };
    let sliding = running("theta", 1.0, y() * u());
    let level = running("level", 0.5, y());
    let gap = u() - state(0) * state(1);
    [
        Lowering::new(y()),
        Lowering::new(y() * gap).with_state(sliding).with_state(level),
        Lowering::new(y() * t()).with_decay(Decay::Diagonal(y() * u())),
    ]
}

pub(crate) fn masks(plan: &LayerPlan) -> [Option<Mask>; 3] {
    let mask = |pruned| {
        let mut stream = Seed::new(9).stream("mask", 0);
        Mask::random(plan.units, plan.geometry.patch_len(), pruned, &mut stream).ok()
    };
    [None, mask(0.9), mask(0.3)]
}
