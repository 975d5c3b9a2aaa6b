//! Units that a teacher is silent about neither win nor learn, and the others do as if they were alone.

#![allow(clippy::unwrap_used)]

mod support;

use hebb_core::backend::{Backend, LayerPlan, Operands, PassInput, Workspace, buffer_of, host_of};
use hebb_core::geometry::{ConvGeometry, ImageShape, Window};
use hebb_core::plan::{Competition, Output, Pool, PoolKind, Similarity};
use hebb_core::rule::{Decay, Lowering, y};
use hebb_core::{RefBackend, Result};
use hebb_cpu::CpuBackend;
use support::{Outcome, compare, random};

const IMAGES: usize = 5;
const UNITS: usize = 20;

/// A layer as those of Amato et al. 2019, with every competition, similarity and output that can be seen to matter.
fn plans() -> Vec<LayerPlan> {
    let amato = LayerPlan {
        geometry: ConvGeometry::new(ImageShape::new(3, 14, 11), Window::square(3)).unwrap(),
        units: UNITS,
        similarity: Similarity::RaisedCosine { power: 2.0 },
        competition: Competition::HardWta,
        lowering: Lowering::new(y()).with_decay(Decay::activity()).clamp(),
        output: Output::ClippedCosine,
        pool: Some(Pool::tiled(PoolKind::Max, 2)),
    };
    let mut plans = Vec::new();
    for competition in support::competitions(UNITS) {
        for output in [Output::ClippedCosine, Output::Competition] {
            for similarity in [Similarity::RaisedCosine { power: 2.0 }, Similarity::Cosine] {
                plans.push(LayerPlan {
                    competition,
                    output,
                    similarity,
                    ..amato.clone()
                });
            }
        }
    }
    plans
}

/// t of every image: positive for as many units as the image's number, from a place of its own on.
fn teacher() -> Vec<f32> {
    let of = |image: usize| {
        let taught = image * 3..image * 4;
        (0..UNITS).map(move |unit| {
            if taught.contains(&unit) {
                0.7
            } else {
                -0.2 * (unit % 2) as f32
            }
        })
    };
    (0..IMAGES).flat_map(of).collect()
}

fn run<B: Backend>(backend: &B, plan: &LayerPlan, input: &[f32]) -> Result<Outcome> {
    with_operands(backend, plan, |operands| {
        support::pass(backend, plan, input, operands)
    })
}

/// The output of a pass that learns nothing.
fn respond<B: Backend>(backend: &B, plan: &LayerPlan, input: &[f32]) -> Result<Vec<f32>> {
    let mut output = backend.zeros(IMAGES * plan.output_shape()?.len())?;
    let (images, mut workspace) = (buffer_of(backend, input)?, Workspace::default());
    with_operands(backend, plan, |operands| {
        let input = PassInput {
            plan,
            images: IMAGES,
            values: &images,
            operands,
        };
        backend.pass(input, None, Some(&mut output), &mut workspace)
    })?;
    host_of(backend, &output, backend.len(&output))
}

fn with_operands<B: Backend, T>(
    backend: &B,
    plan: &LayerPlan,
    pass: impl FnOnce(Operands<'_, B>) -> Result<T>,
) -> Result<T> {
    let weights = buffer_of(backend, &random(plan.weights(), 1))?;
    let thresholds = buffer_of(backend, &random(plan.units, 2))?;
    let teacher = buffer_of(backend, &teacher())?;
    pass(Operands {
        thresholds: Some(&thresholds),
        teacher: Some(&teacher),
        ..Operands::of(&weights)
    })
}

fn images(plan: &LayerPlan) -> Vec<f32> {
    random(IMAGES * plan.geometry.input().len(), 4)
}

#[test]
fn clamped_layers_learn_and_respond_as_in_the_reference() {
    for plan in plans() {
        for input in [images(&plan), support::events(&plan, IMAGES)] {
            let expected = run(&RefBackend, &plan, &input).unwrap();
            let found = run(&CpuBackend::new(), &plan, &input).unwrap();
            compare(&plan, None, &expected, &found);
        }
    }
}

#[test]
fn what_a_clamped_layer_shows_does_not_depend_on_whether_it_learns() {
    for plan in plans() {
        let input = images(&plan);
        let [.., learning] = run(&RefBackend, &plan, &input).unwrap();
        let found = respond(&CpuBackend::new(), &plan, &input).unwrap();
        let near = |(a, b): (&f32, &f32)| (a - b).abs() <= 2e-5;
        assert!(learning.iter().zip(&found).all(near), "{plan:?}");
    }
}

#[test]
fn only_units_that_the_teacher_speaks_for_win() {
    let taught = |unit: usize| teacher().iter().skip(unit).step_by(UNITS).any(|t| *t > 0.0);
    for plan in plans() {
        let [hebb, _, _, active, ..] = run(&CpuBackend::new(), &plan, &images(&plan)).unwrap();
        for unit in 0..UNITS {
            let rows = &hebb[unit * plan.geometry.patch_len()..][..plan.geometry.patch_len()];
            let silent = rows.iter().all(|sum| *sum == 0.0) && active[unit] == 0.0;
            assert!(taught(unit) || silent, "unit {unit}; {plan:?}");
        }
        assert!(active.iter().any(|count| *count > 0.0), "{plan:?}");
    }
}

#[test]
fn results_are_the_same_bits_for_any_number_of_threads() {
    let backends = [1, 3].map(|threads| CpuBackend::with_threads(threads).unwrap());
    for plan in plans() {
        let [one, three] = backends
            .each_ref()
            .map(|backend| run(backend, &plan, &images(&plan)).unwrap());
        assert!(one == three, "{plan:?}");
    }
}

/// The comparison with the reference, in a process of its own that may use fewer instructions.
#[test]
fn fallbacks_to_fewer_instructions_agree_with_the_reference_too() {
    for instructions in ["scalar", "avx2"] {
        support::passes_with(
            instructions,
            "clamped_layers_learn_and_respond_as_in_the_reference",
        );
    }
}
