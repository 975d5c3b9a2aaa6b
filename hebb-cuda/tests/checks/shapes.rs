//! Sizes at the edges of a warp and of a block, and batches without images, against the reference.

use hebb_core::backend::{Backend, LayerPlan, Operands, PassInput, Sums, Workspace, buffer_of, host_of};
use hebb_core::geometry::{ConvGeometry, ImageShape, Window};
use hebb_core::plan::{Competition, Output, Similarity};
use hebb_core::rule::Params;
use hebb_core::testing::choices;
use hebb_core::{RefBackend, Result, rules};
use hebb_cuda::CudaBackend;

use super::assert_near;

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
    let input = PassInput {
        plan,
        images,
        values: &input,
        operands,
    };
    let workspace = &mut Workspace::default();
    backend.pass(input, Some(&mut sums), Some(&mut output), workspace)?;
    let mut found = Vec::new();
    for buffer in [&sums.hebb, &sums.decay, &sums.weight, &sums.active, &output] {
        found.extend(host_of(backend, buffer, backend.len(buffer))?);
    }
    Ok(found)
}

fn agrees_with_the_reference(backend: &CudaBackend, plan: &LayerPlan, images: usize) {
    let (found, expected) = (pass(backend, plan, images), pass(&RefBackend, plan, images));
    let what = format!("{images} images of {plan:?}");
    assert_near(&what, &found.unwrap(), &expected.unwrap());
}

/// Any number of units competes as on the reference.
pub(crate) fn units(backend: &CudaBackend) {
    for units in CHANNELS {
        for competition in choices::competitions(units) {
            agrees_with_the_reference(backend, &plan(1, units, competition, Output::Competition), 1);
        }
    }
}

/// Any number of channels is passed on as on the reference, and so is a batch without images.
pub(crate) fn channels(backend: &CudaBackend) {
    let outputs = choices::outputs(33, Similarity::Dot);
    for (channels, output) in CHANNELS.into_iter().zip(outputs.into_iter().cycle()) {
        for images in [0, 1] {
            let plan = plan(channels, 33, Competition::HardWta, output);
            agrees_with_the_reference(backend, &plan, images);
        }
    }
}

/// The sums over an empty batch are zero.
pub(crate) fn empty(backend: &CudaBackend) {
    let plan = plan(3, 31, Competition::HardWta, Output::Raw);
    let found = pass(backend, &plan, 0).unwrap();
    assert!(
        !found.is_empty() && found.iter().all(|value| *value == 0.0),
        "{found:?}"
    );
}
