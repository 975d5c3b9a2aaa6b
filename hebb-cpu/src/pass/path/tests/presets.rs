use super::*;
use hebb_core::geometry::PaddingMode;
use hebb_core::layer::{LayerConfig, Pair, RuleChoice};
use hebb_core::plan::{Pool, PoolKind};
use hebb_core::rule::Params;

/// The paths of a layer that learns, that only responds, and that learns from images and weights which are not sparse.
fn paths(shape: ImageShape, config: LayerConfig, batch: Batch) -> [&'static str; 3] {
    let plan = config.plan(shape).unwrap();
    let responding = Batch {
        learns: false,
        ..batch
    };
    [batch, responding, LEARNING].map(|batch| path(&plan, batch))
}

fn miconi(units: usize, kernel: usize, output: Output) -> LayerConfig {
    LayerConfig {
        competition: Some(Competition::KWta {
            k: 1,
            values: false,
            positive: true,
        }),
        rule: RuleChoice::named("instar"),
        output,
        pool: Some(Pool::tiled(PoolKind::Average, 2)),
        ..LayerConfig::conv(units, kernel)
    }
}

#[test]
fn layers_of_miconi_take_their_paths() {
    const PLANES: [&str; 3] = ["planes"; 3];
    const PRUNED: [&str; 3] = ["pruned planes", "pruned planes", "planes by Winograd"];
    const SPARSE_ROWS: [&str; 3] = ["sparse rows", "sparse rows", "planes by Winograd"];
    let shows = Output::Competition;
    for (layer, [channels, side], [units, kernel], output, batch, expected) in [
        ("miconi2021 1", [3, 32], [100, 5], TRIANGLE, LEARNING, PLANES),
        (
            "miconi2021 2",
            [100, 14],
            [196, 3],
            TRIANGLE,
            pruned(0.01),
            PRUNED,
        ),
        ("miconi2021 3", [196, 6], [400, 3], TRIANGLE, pruned(0.01), PRUNED),
        ("simple 1", [1, 32], [100, 5], shows, LEARNING, PLANES),
        ("simple 2", [100, 14], [196, 3], shows, SPARSE, SPARSE_ROWS),
        ("simple 3", [196, 6], [400, 3], shows, SPARSE, SPARSE_ROWS),
        ("quickstart 1", [1, 28], [64, 5], TRIANGLE, LEARNING, PLANES),
        ("quickstart 2", [64, 12], [128, 3], TRIANGLE, pruned(0.05), PRUNED),
    ] {
        let config = miconi(units, kernel, output);
        assert_eq!(paths(image(channels, side), config, batch), expected, "{layer}");
    }
}

#[test]
fn layers_of_soft_hebb_take_their_paths() {
    let soft_hebb = |units, kernel: usize, pool| LayerConfig {
        padding: Pair([kernel / 2; 2]),
        padding_mode: PaddingMode::Reflect,
        rule: RuleChoice::named("soft-hebb"),
        output: Output::Triangle { power: 0.7 },
        pool: Some(pool),
        ..LayerConfig::conv(units, kernel)
    };
    let overlapping = Pool {
        kind: PoolKind::Max,
        size: 4,
        stride: 2,
        padding: 1,
    };
    let tiled = Pool::tiled(PoolKind::Average, 2);
    for (shape, config, expected) in [
        (image(3, 32), soft_hebb(96, 5, overlapping), ["graded rows"; 3]),
        (
            image(96, 16),
            soft_hebb(384, 3, overlapping),
            ["graded rows by Winograd"; 3],
        ),
        (
            image(384, 8),
            soft_hebb(1536, 3, tiled),
            ["graded rows by Winograd"; 3],
        ),
    ] {
        assert_eq!(paths(shape, config, LEARNING), expected, "{shape:?}");
    }
}

#[test]
fn layers_of_hwta_take_their_paths() {
    let hwta = |units, kernel, pool| LayerConfig {
        similarity: Some(Similarity::Cosine),
        competition: Some(Competition::HardWta),
        rule: RuleChoice::named("instar"),
        output: Output::Relu,
        pool,
        ..LayerConfig::conv(units, kernel)
    };
    let first = hwta(96, 5, Some(Pool::tiled(PoolKind::Max, 2)));
    assert_eq!(paths(image(3, 32), first, LEARNING), ["planes"; 3]);
    let winograd = [
        "planes by Winograd",
        "graded rows by Winograd",
        "planes by Winograd",
    ];
    assert_eq!(paths(image(96, 14), hwta(128, 3, None), LEARNING), winograd);
}

/// The networks of Amato et al. 2019, in which a teacher selects the units that compete.
#[test]
fn layers_of_amato_take_their_paths() {
    let amato = |units, kernel: Option<usize>, rule| LayerConfig {
        kernel: kernel.map(|side| Pair([side; 2])),
        similarity: Some(Similarity::RaisedCosine { power: 2.0 }),
        competition: Some(Competition::HardWta),
        rule,
        output: Output::ClippedCosine,
        ..LayerConfig::dense(units)
    };
    let clamped = || RuleChoice::with_params("supervised", Params::default().with("gate", "clamp"));
    let winograd = ["composed", "graded rows by Winograd"];
    for (shape, config, expected) in [
        (
            image(3, 32),
            amato(96, Some(5), RuleChoice::named("hard-wta")),
            ["planes"; 2],
        ),
        (image(96, 14), amato(128, Some(3), clamped()), winograd),
        (image(128, 12), amato(192, Some(3), clamped()), winograd),
        (
            image(192, 5),
            amato(256, Some(3), clamped()),
            ["composed", "graded rows"],
        ),
        (
            image(256, 3),
            amato(300, None, clamped()),
            ["composed", "graded rows"],
        ),
    ] {
        let plan = config.plan(shape).unwrap();
        let found = [TAUGHT, RESPONDING].map(|batch| path(&plan, batch));
        assert_eq!(found, expected, "{shape:?}");
    }
}
