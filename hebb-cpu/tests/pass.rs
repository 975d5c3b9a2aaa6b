//! The fused pass is the composed pass, computed otherwise.

#![allow(clippy::unwrap_used)]

mod support;

use hebb_core::backend::{Backend, LayerPlan, Operands, PassInput, Sums, Workspace, buffer_of};
use hebb_core::geometry::{ConvGeometry, ImageShape, PaddingMode, Window};
use hebb_core::plan::{Competition, Mask, Output, Pool, PoolKind, Similarity};
use hebb_core::rule::{Decay, Expr, Lowering, State, Statistic};
use hebb_core::{RefBackend, Result, Seed};
use hebb_cpu::CpuBackend;
use support::{Outcome, compare, random};

const IMAGES: usize = 7;

fn run<B: Backend>(backend: &B, plan: &LayerPlan, mask: Option<&Mask>) -> Result<Outcome> {
    run_on(
        backend,
        plan,
        mask,
        &random(IMAGES * plan.geometry.input().len(), 4),
    )
}

fn run_on<B: Backend>(backend: &B, plan: &LayerPlan, mask: Option<&Mask>, input: &[f32]) -> Result<Outcome> {
    let mut weights = random(plan.weights(), 1);
    if let Some(mask) = mask {
        weights
            .iter_mut()
            .zip(mask.to_dense())
            .for_each(|(w, kept)| *w *= kept);
    }
    let weights = buffer_of(backend, &weights)?;
    let thresholds = buffer_of(backend, &random(plan.units, 2))?;
    let states = buffer_of(backend, &random(plan.units * plan.lowering.states.len(), 3))?;
    let images = input.len() / plan.geometry.input().len();
    let teacher = buffer_of(backend, &random(images * plan.units, 5))?;
    let operands = Operands {
        mask,
        thresholds: Some(&thresholds),
        states: Some(&states),
        teacher: Some(&teacher),
        ..Operands::of(&weights)
    };
    support::pass(backend, plan, input, operands)
}

fn base() -> LayerPlan {
    LayerPlan {
        geometry: ConvGeometry::new(ImageShape::new(3, 14, 11), Window::square(3)).unwrap(),
        units: 20,
        similarity: Similarity::Dot,
        competition: Competition::HardWta,
        lowering: Lowering::new(Expr::Activity).with_decay(Decay::activity()),
        output: Output::Triangle { power: 1.0 },
        pool: Some(Pool::tiled(PoolKind::Average, 2)),
    }
}

/// Plans for winners and for graded competition, and those whose sizes are cut into many parts.
fn plans() -> Vec<LayerPlan> {
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
fn variations(base: &LayerPlan) -> Vec<LayerPlan> {
    let mut plans = vec![base.clone()];
    let windows = [
        ([1, 1], [1, 1], [1, 1], PaddingMode::Reflect),
        ([2, 2], [1, 1], [0, 0], PaddingMode::Zero),
        ([2, 1], [1, 2], [2, 1], PaddingMode::Zero),
        ([1, 3], [2, 1], [1, 2], PaddingMode::Reflect),
    ];
    for (stride, dilation, padding, mode) in windows {
        let window = Window {
            stride,
            dilation,
            padding,
            mode,
            ..Window::square(3)
        };
        let geometry = ConvGeometry::new(ImageShape::new(3, 14, 11), window).unwrap();
        plans.push(LayerPlan {
            geometry,
            ..base.clone()
        });
    }
    let similarities = [
        Similarity::Projection,
        Similarity::Cosine,
        Similarity::RaisedCosine { power: 2.0 },
        Similarity::RaisedCosine { power: 1.5 },
        Similarity::Gaussian { sigma: 2.0 },
    ];
    plans.extend(similarities.map(|similarity| LayerPlan {
        similarity,
        ..base.clone()
    }));
    let clipped = [
        Similarity::Cosine,
        Similarity::RaisedCosine { power: 2.0 },
        Similarity::RaisedCosine { power: 1.5 },
    ];
    plans.extend(clipped.map(|similarity| LayerPlan {
        similarity,
        output: Output::ClippedCosine,
        ..base.clone()
    }));
    for competition in support::competitions(20) {
        plans.push(LayerPlan {
            competition,
            ..base.clone()
        });
    }
    for output in support::OUTPUTS {
        for competition in support::competitions(20) {
            plans.push(LayerPlan {
                output,
                competition,
                ..base.clone()
            });
        }
    }
    for (kind, size, stride, padding) in [
        (PoolKind::Max, 2, 2, 0),
        (PoolKind::Max, 4, 2, 1),
        (PoolKind::Average, 3, 3, 0),
        (PoolKind::Average, 3, 2, 1),
    ] {
        let pool = Some(Pool {
            kind,
            size,
            stride,
            padding,
        });
        plans.push(LayerPlan { pool, ..base.clone() });
    }
    plans.push(LayerPlan {
        pool: None,
        ..base.clone()
    });
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

fn rules() -> [Lowering; 3] {
    let running = |name, initial, of| State {
        name,
        initial,
        of,
        statistic: Statistic::Running { rate: 0.1 },
    };
    let sliding = running("theta", 1.0, Expr::Activity * Expr::Similarity);
    let level = running("level", 0.5, Expr::Activity);
    let gap = Expr::Similarity - Expr::State(0) * Expr::State(1);
    [
        Lowering::new(Expr::Activity),
        Lowering::new(Expr::Activity * gap)
            .with_state(sliding)
            .with_state(level),
        Lowering::new(Expr::Activity * Expr::Teacher)
            .with_decay(Decay::Diagonal(Expr::Activity * Expr::Similarity)),
    ]
}

fn masks(plan: &LayerPlan) -> [Option<Mask>; 3] {
    let mask = |pruned| {
        let mut stream = Seed::new(9).stream("mask", 0);
        Mask::random(plan.units, plan.geometry.patch_len(), pruned, &mut stream).ok()
    };
    [None, mask(0.9), mask(0.3)]
}

#[test]
fn the_pass_agrees_with_the_reference() {
    let backend = CpuBackend::new();
    for plan in plans() {
        for mask in masks(&plan) {
            let expected = run(&RefBackend, &plan, mask.as_ref()).unwrap();
            let found = run(&backend, &plan, mask.as_ref()).unwrap();
            let kept = mask.as_ref().map(Mask::to_dense);
            compare(&plan, kept.as_deref(), &expected, &found);
        }
    }
}

#[test]
fn each_of_many_small_images_hears_its_own_teacher() {
    let [.., taught] = rules();
    let plan = LayerPlan {
        geometry: ConvGeometry::new(ImageShape::new(20, 5, 4), Window::square(3)).unwrap(),
        units: 101,
        competition: Competition::SignedSoftWta { beta: 1.5 },
        lowering: taught,
        ..base()
    };
    let input = random(33 * plan.geometry.input().len(), 4);
    let expected = run_on(&RefBackend, &plan, None, &input).unwrap();
    let found = run_on(&CpuBackend::new(), &plan, None, &input).unwrap();
    compare(&plan, None, &expected, &found);
}

#[test]
fn tiles_of_unlike_heights_agree_with_the_reference() {
    let plan = LayerPlan {
        geometry: ConvGeometry::new(ImageShape::new(12, 16, 12), Window::square(3)).unwrap(),
        units: 100,
        pool: None,
        ..base()
    };
    let expected = run(&RefBackend, &plan, None).unwrap();
    compare(
        &plan,
        None,
        &expected,
        &run(&CpuBackend::new(), &plan, None).unwrap(),
    );
}

/// How many patches each unit wins, without thresholds.
fn wins(plan: &LayerPlan, weights: &[f32], input: &[f32]) -> Vec<f32> {
    let backend = CpuBackend::new();
    let weights = buffer_of(&backend, weights).unwrap();
    let input = buffer_of(&backend, input).unwrap();
    let mut sums = Sums::new(&backend, plan).unwrap();
    let input = PassInput {
        plan,
        images: IMAGES,
        values: &input,
        operands: Operands::of(&weights),
    };
    backend
        .pass(input, Some(&mut sums), None, &mut Workspace::default())
        .unwrap();
    sums.active
}

#[test]
fn of_equal_units_the_first_wins() {
    for units in [2, 20, 101] {
        let plan = LayerPlan { units, ..base() };
        let input = random(IMAGES * plan.geometry.input().len(), 4);
        let mut expected = vec![0.0; units];
        expected[0] = plan.patches(IMAGES) as f32;
        assert_eq!(
            wins(&plan, &vec![0.1; plan.weights()], &input),
            expected,
            "{units} units"
        );
    }
}

#[test]
fn minus_zero_ranks_behind_zero() {
    let plan = base();
    let values = random(IMAGES * plan.geometry.input().len(), 4);
    let input: Vec<f32> = values.iter().map(|value| 1e-30 * (1.0 + value.abs())).collect();
    let mut weights = vec![0.0; plan.weights()];
    // Products that f32 rounds to -0.
    weights[..plan.geometry.patch_len()].fill(-1e-30);
    let mut expected = vec![0.0; plan.units];
    expected[1] = plan.patches(IMAGES) as f32;
    assert_eq!(wins(&plan, &weights, &input), expected);
}

#[test]
fn images_of_few_events_agree_with_the_reference_for_any_number_of_threads() {
    let backends = [1, 2, 3].map(|threads| CpuBackend::with_threads(threads).unwrap());
    for plan in variations(&base()) {
        let input = support::events(&plan, IMAGES);
        let expected = run_on(&RefBackend, &plan, None, &input).unwrap();
        let found = backends
            .each_ref()
            .map(|b| run_on(b, &plan, None, &input).unwrap());
        compare(&plan, None, &expected, &found[0]);
        assert!(found[0] == found[1] && found[0] == found[2], "{plan:?}");
    }
}

#[test]
fn the_pass_gives_the_same_bits_for_any_number_of_threads() {
    let backends = [1, 2, 3].map(|threads| CpuBackend::with_threads(threads).unwrap());
    for plan in plans() {
        for mask in masks(&plan) {
            let [one, two, three] = backends.each_ref().map(|b| run(b, &plan, mask.as_ref()).unwrap());
            let bits = |outcome: &Outcome| {
                outcome
                    .each_ref()
                    .map(|v| v.iter().map(|v| v.to_bits()).collect::<Vec<_>>())
            };
            assert!(bits(&one) == bits(&two) && bits(&one) == bits(&three), "{plan:?}");
        }
    }
}

#[test]
fn sums_outside_a_thin_mask_are_zero() {
    let plan = base();
    let [_, mask, _] = masks(&plan);
    let [hebb, ..] = run(&CpuBackend::new(), &plan, mask.as_ref()).unwrap();
    let kept = mask.unwrap().to_dense();
    assert!(
        hebb.iter()
            .zip(&kept)
            .all(|(sum, kept)| *kept > 0.0 || *sum == 0.0)
    );
    assert!(hebb.iter().any(|sum| *sum != 0.0));
}

/// Products of such numbers underflow to zeros of both signs.
#[test]
fn zeros_of_both_signs_rank_as_in_the_reference() {
    let weight = |unit: usize| [-1e-30, 1e-30, 0.0][(unit * 7 + 1) % 3];
    for k in [1, 3] {
        let competition = Competition::KWta {
            k,
            values: false,
            positive: false,
        };
        let plan = LayerPlan {
            competition,
            output: Output::Competition,
            pool: None,
            ..base()
        };
        let patch_len = plan.geometry.patch_len();
        let weights: Vec<f32> = (0..plan.weights())
            .map(|index| weight(index / patch_len))
            .collect();
        let input = vec![1e-30; plan.geometry.input().len()];
        let len = plan.output_shape().unwrap().len();
        let reference = respond(&RefBackend, &plan, &weights, &input, len);
        assert_eq!(
            respond(&CpuBackend::new(), &plan, &weights, &input, len),
            reference,
            "{k}"
        );
    }
}

/// The output for one image.
fn respond<B: Backend>(
    backend: &B,
    plan: &LayerPlan,
    weights: &[f32],
    input: &[f32],
    len: usize,
) -> Vec<f32> {
    let (weights, input) = (
        buffer_of(backend, weights).unwrap(),
        buffer_of(backend, input).unwrap(),
    );
    let mut output = backend.zeros(len).unwrap();
    let input = PassInput {
        plan,
        images: 1,
        values: &input,
        operands: Operands::of(&weights),
    };
    backend
        .pass(input, None, Some(&mut output), &mut Workspace::default())
        .unwrap();
    let mut host = vec![0.0; len];
    backend.download(&output, &mut host).unwrap();
    host
}

/// The other tests of the pass, in a process of its own that may use fewer instructions.
#[test]
fn fallbacks_to_fewer_instructions_agree_with_the_reference_too() {
    for instructions in ["scalar", "avx2"] {
        for test in [
            "the_pass_agrees_with_the_reference",
            "images_of_few_events_agree_with_the_reference_for_any_number_of_threads",
            "zeros_of_both_signs_rank_as_in_the_reference",
        ] {
            support::passes_with(instructions, test);
        }
    }
}
