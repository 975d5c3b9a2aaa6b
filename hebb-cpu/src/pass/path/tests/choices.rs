use super::*;
use hebb_core::geometry::{ConvGeometry, Window};
use hebb_core::plan::{Pool, PoolKind};
use hebb_core::rule::{State, Statistic, state, t, u, y};

fn base() -> LayerPlan {
    LayerPlan {
        geometry: conv(3, 12, 0),
        units: 20,
        similarity: Similarity::Dot,
        competition: Competition::HardWta,
        lowering: instar(),
        output: Output::Raw,
        pool: None,
    }
}

fn instar() -> Lowering {
    Lowering::new(y()).with_decay(Decay::activity())
}

fn conv(channels: usize, side: usize, padding: usize) -> ConvGeometry {
    let window = Window {
        padding: [padding; 2],
        ..Window::square(3)
    };
    ConvGeometry::new(image(channels, side), window).unwrap()
}

fn k_wta(k: usize) -> Competition {
    Competition::KWta {
        k,
        values: false,
        positive: true,
    }
}

const SOFT: Competition = Competition::SoftWta { beta: 1.0 };

#[test]
fn competition_and_output_decide_the_path() {
    let ranked = Competition::RankCoded { k: 3, delta: 0.4 };
    let winners = ["planes", "planes", "sparse rows", "planes"];
    let graded = ["graded rows", "planes", "graded rows", "graded rows"];
    let responding = ["composed", "planes", "composed", "composed"];
    let composed = ["composed"; 4];
    for (competition, output, expected) in [
        (Competition::HardWta, TRIANGLE, winners),
        (k_wta(MAX_WINNERS), Output::Competition, winners),
        (k_wta(MAX_WINNERS + 1), TRIANGLE, responding),
        (k_wta(MAX_WINNERS + 1), Output::Competition, composed),
        (Competition::None, TRIANGLE, graded),
        (SOFT, Output::Relu, graded),
        (SOFT, Output::Competition, ["graded rows"; 4]),
        (ranked, Output::Raw, responding),
        (Competition::HardWta, Output::KNearest { k: 3 }, composed),
        (Competition::HardWta, Output::ClippedCosine, composed),
    ] {
        let plan = LayerPlan {
            competition,
            output,
            ..base()
        };
        let found = [LEARNING, RESPONDING, SPARSE, pruned(0.1)].map(|batch| path(&plan, batch));
        assert_eq!(found, expected, "{competition:?}, {output:?}");
    }
}

#[test]
fn similarity_and_pooling_decide_the_path() {
    let overlapping = Pool {
        kind: PoolKind::Max,
        size: 3,
        stride: 2,
        padding: 0,
    };
    let with = |similarity, competition, pool| LayerPlan {
        similarity,
        competition,
        pool,
        ..base()
    };
    let hard = Competition::HardWta;
    for (plan, expected) in [
        (with(Similarity::PNorm { p: 3.0 }, hard, None), ["composed"; 3]),
        (
            with(Similarity::Nearest, hard, None),
            ["planes", "planes", "sparse rows"],
        ),
        (
            with(Similarity::Dot, SOFT, None),
            ["graded rows", "planes", "graded rows"],
        ),
        (with(Similarity::Dot, SOFT, Some(overlapping)), ["graded rows"; 3]),
    ] {
        let found = [LEARNING, RESPONDING, SPARSE].map(|batch| path(&plan, batch));
        assert_eq!(found, expected, "{plan:?}");
    }
}

#[test]
fn sizes_decide_the_path() {
    let with = |geometry, units, competition| LayerPlan {
        geometry,
        units,
        competition,
        ..base()
    };
    let hard = Competition::HardWta;
    let dense = ConvGeometry::dense(image(3, 12)).unwrap();
    let winograd = ["planes by Winograd", "graded rows by Winograd", "sparse rows"];
    let few = ["composed", "graded rows", "sparse rows"];
    for (plan, expected) in [
        (with(dense, 20, hard), few),
        (with(dense, 20, SOFT), ["graded rows"; 3]),
        (with(conv(3, 12, 1), 20, hard), ["planes"; 3]),
        (with(conv(64, 12, 0), 64, hard), winograd),
        (with(conv(64, 3, 0), 64, hard), few),
        (with(conv(64, 12, 1), 64, SOFT), ["graded rows by Winograd"; 3]),
        (with(conv(64, 12, 1), 63, SOFT), ["graded rows"; 3]),
    ] {
        let found = [LEARNING, RESPONDING, SPARSE].map(|batch| path(&plan, batch));
        assert_eq!(found, expected, "{plan:?}");
    }
}

#[test]
fn the_rule_decides_the_path() {
    let state = |statistic| State {
        name: "theta",
        initial: 0.0,
        of: y() * y(),
        statistic,
    };
    let of_winners = ["planes", "graded rows", "sparse rows", "graded rows"];
    for (lowering, expected) in [
        (instar(), of_winners),
        (
            Lowering::new(t() - u()),
            ["composed", "graded rows", "composed", "composed"],
        ),
        (instar().with_decay(Decay::gram(y(), false)), ["composed"; 4]),
        (instar().with_decay(Decay::Input), ["composed"; 4]),
        (instar().with_state(state(Statistic::Batch)), ["composed"; 4]),
        (
            instar().with_state(state(Statistic::Running { rate: 0.1 })),
            of_winners,
        ),
        (instar().clamp(), ["planes", "composed", "planes", "composed"]),
    ] {
        let winners = LayerPlan { lowering, ..base() };
        let none = LayerPlan {
            competition: Competition::None,
            ..winners.clone()
        };
        let sparse = Batch {
            sparse: true,
            ..TAUGHT
        };
        let found = [
            (&winners, TAUGHT),
            (&none, TAUGHT),
            (&winners, sparse),
            (&none, LEARNING),
        ];
        assert_eq!(
            found.map(|(plan, batch)| path(plan, batch)),
            expected,
            "{winners:?}"
        );
    }
}

#[test]
fn the_backend_decides_on_winograd() {
    let tiling = |backend: &CpuBackend| Tiling::of(backend, &conv(64, 12, 0), 64).is_some();
    assert!(tiling(&CpuBackend::new()) && !tiling(&CpuBackend::new().with_winograd(false)));
}

#[test]
fn a_formula_is_zero_only_if_it_is_for_every_unit_without_activity() {
    let y = || y();
    assert!(is_zero_without_activity(&(y() * (y() - state(0)))));
    assert!(is_zero_without_activity(&(y() - y().apply(Unary::Tanh))));
    assert!(!is_zero_without_activity(&(y() - Formula::Constant(1.0))));
    assert!(!is_zero_without_activity(&y().exp()));
}
