//! The fused pass computes what the composed pass computes.

#![allow(clippy::unwrap_used)]

mod plans;
mod ranking;
#[path = "../support/mod.rs"]
mod support;

use hebb_core::backend::{Backend, LayerPlan, Operands, buffer_of};
use hebb_core::geometry::{ConvGeometry, ImageShape, Window};
use hebb_core::plan::{Competition, Mask};
use hebb_core::{RefBackend, Result};
use hebb_cpu::CpuBackend;
use plans::{base, masks, plans, rules, variations};
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

/// The other tests of the pass, in a process of its own that may use fewer instructions.
#[test]
fn fallbacks_to_fewer_instructions_agree_with_the_reference_too() {
    for instructions in ["scalar", "avx2"] {
        for test in [
            "the_pass_agrees_with_the_reference",
            "images_of_few_events_agree_with_the_reference_for_any_number_of_threads",
            "ranking::zeros_of_both_signs_rank_as_in_the_reference",
        ] {
            support::passes_with(instructions, test);
        }
    }
}
