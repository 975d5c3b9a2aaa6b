//! Sizes at the edges of a warp and of a block, and batches without images, against the reference.

use hebb_core::backend::{Backend, Operands, Sums, Workspace, buffer_of, host_of};
use hebb_core::geometry::{ConvGeometry, ImageShape, Window};
use hebb_core::plan::{Competition, LayerPlan, Output, Similarity};
use hebb_core::rule::Params;
use hebb_core::testing::choices;
use hebb_core::{RefBackend, Result, rules};
use hebb_mock_gpu::GpuSession;

use crate::support::{assert_clean, assert_near, backend};

/// One, one less and one more than a warp, one more than four blocks.
const CHANNELS: [usize; 4] = [1, 31, 33, 1025];

fn plan(channels: usize, units: usize, competition: Competition, output: Output) -> LayerPlan {
    let input = ImageShape::new(channels, 2, 3);
    LayerPlan {
        geometry: ConvGeometry::new(input, Window::square(2)).unwrap(),
        units,
        similarity: Similarity::Dot,
        competition,
        lowering: rules::build("instar", &Params::default()).unwrap().lower(),
        output,
        pool: None,
    }
}

/// Multiples of a quarter, so that products and their sums are exact, and often equal.
fn quarters(len: usize) -> Vec<f32> {
    (0..len).map(|i| (i * 37 % 13) as f32 / 4.0 - 1.5).collect()
}

/// Everything that a pass with thresholds leaves behind.
fn pass<B: Backend>(backend: &B, plan: &LayerPlan, images: usize) -> Result<Vec<f32>> {
    let input = buffer_of(backend, &quarters(images * plan.geometry.input().len()))?;
    let weights = buffer_of(backend, &quarters(plan.weights()))?;
    let thresholds = buffer_of(backend, &quarters(plan.units))?;
    let operands = Operands {
        thresholds: Some(&thresholds),
        ..Operands::of(&weights)
    };
    let mut sums = Sums::new(backend, plan)?;
    let mut output = backend.zeros(images * plan.output_shape()?.len())?;
    backend.pass(
        plan,
        images,
        &input,
        operands,
        Some(&mut sums),
        Some(&mut output),
        &mut Workspace::default(),
    )?;
    let mut found = Vec::new();
    for buffer in [&sums.hebb, &sums.decay, &sums.weight, &sums.active, &output] {
        found.extend(host_of(backend, buffer, backend.len(buffer))?);
    }
    Ok(found)
}

#[test]
fn any_number_of_units_competes_as_on_the_reference() {
    let session = GpuSession::start();
    let backend = backend(&session);
    for units in CHANNELS {
        for competition in choices::competitions(units) {
            let plan = plan(1, units, competition, Output::Competition);
            let found = pass(&backend, &plan, 1).unwrap();
            assert_near(
                &format!("{plan:?}"),
                &found,
                &pass(&RefBackend, &plan, 1).unwrap(),
            );
        }
    }
    assert_clean(&session);
}

#[test]
fn any_number_of_channels_and_units_is_passed_on_as_on_the_reference() {
    let session = GpuSession::start();
    let backend = backend(&session);
    let outputs = choices::outputs(33, Similarity::Dot);
    for (channels, output) in CHANNELS.into_iter().zip(outputs.into_iter().cycle()) {
        for images in [0, 1] {
            let plan = plan(channels, 33, Competition::HardWta, output);
            let found = pass(&backend, &plan, images).unwrap();
            assert_near(
                &format!("{images} images of {plan:?}"),
                &found,
                &pass(&RefBackend, &plan, images).unwrap(),
            );
        }
    }
    assert_clean(&session);
}

#[test]
fn an_empty_batch_sums_to_zero() {
    let session = GpuSession::start();
    let plan = plan(3, 31, Competition::HardWta, Output::Raw);
    let found = pass(&backend(&session), &plan, 0).unwrap();
    assert!(
        !found.is_empty() && found.iter().all(|value| *value == 0.0),
        "{found:?}"
    );
    assert_clean(&session);
}
