//! Convolutions by Winograd's components are the direct ones within the stated error.

#![allow(clippy::unwrap_used)]

mod support;

use hebb_core::backend::{
    Backend, Convolution, Gradients, LayerPlan, Operands, Workspace, buffer_of, host_of,
};
use hebb_core::geometry::{ConvGeometry, ImageShape, PaddingMode, Window};
use hebb_core::plan::{Competition, Output, Pool, PoolKind, Similarity};
use hebb_core::rule::{Decay, Lowering, u, y};
use hebb_core::{RefBackend, Result};
use hebb_cpu::CpuBackend;
use proptest::prelude::*;
use support::{Outcome, random};

/// The error of a value, at most, relative to the sum of the sizes of its terms: what `CpuBackend::with_winograd` says.
const ERROR: f32 = 1e-6;

fn convolutions() -> impl Strategy<Value = Convolution> {
    let mode = prop_oneof![Just(PaddingMode::Zero), Just(PaddingMode::Reflect)];
    let sizes = (64..70usize, 5..12usize, 5..12usize, 64..76usize);
    (sizes, 0..2usize, mode).prop_map(|((channels, height, width, units), padding, mode)| {
        let window = Window {
            padding: [padding; 2],
            mode,
            ..Window::square(3)
        };
        let geometry = ConvGeometry::new(ImageShape::new(channels, height, width), window).unwrap();
        // Enough rows for the products to be cut by them.
        let images = 256usize.div_ceil(geometry.positions());
        Convolution {
            geometry,
            units,
            images,
        }
    })
}

/// Responses and the gradients of weights and images; with `sizes`, of the sizes of all values.
fn results<B: Backend>(backend: &B, convolution: &Convolution, sizes: bool) -> Result<[Vec<f32>; 3]> {
    let of = |len: usize, seed: u64| {
        let mut values = random(len, seed);
        if sizes {
            values.iter_mut().for_each(|value| *value = value.abs());
        }
        buffer_of(backend, &values)
    };
    let (pixels, outputs) = (
        convolution.geometry.input().len() * convolution.images,
        convolution.responses().len(),
    );
    let weights_len = convolution.units * convolution.geometry.patch_len();
    let (input, weights) = (of(pixels, 1)?, of(weights_len, 2)?);
    let (bias, grad_output) = (of(convolution.units, 3)?, of(outputs, 4)?);
    let mut workspace = Workspace::default();
    let mut output = backend.zeros(outputs)?;
    backend.convolve(
        convolution,
        &input,
        &weights,
        Some(&bias),
        &mut output,
        &mut workspace,
    )?;
    let (mut to_weights, mut to_input) = (backend.zeros(weights_len)?, backend.zeros(pixels)?);
    let gradients = Gradients {
        weights: &mut to_weights,
        bias: None,
        input: Some(&mut to_input),
    };
    backend.convolve_backward(
        convolution,
        &input,
        &weights,
        &grad_output,
        gradients,
        &mut workspace,
    )?;
    Ok([
        host_of(backend, &output, outputs)?,
        host_of(backend, &to_weights, weights_len)?,
        host_of(backend, &to_input, pixels)?,
    ])
}

/// Holds the results on the CPU to those of another backend.
fn compare<B: Backend>(other: &B, convolution: &Convolution) -> std::result::Result<(), String> {
    let of = |backend: &B, sizes| results(backend, convolution, sizes).map_err(|error| error.to_string());
    let (expected, sizes) = (of(other, false)?, of(other, true)?);
    let found = results(&CpuBackend::new(), convolution, false).map_err(|error| error.to_string())?;
    for (part, name) in ["responses", "weights", "images"].into_iter().enumerate() {
        let values = expected[part].iter().zip(&found[part]).zip(&sizes[part]);
        for (index, ((expected, found), size)) in values.enumerate() {
            if (expected - found).abs() > ERROR * size {
                return Err(format!("{name} {index}: {found}, not {expected}, of {size}"));
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn convolutions_and_their_gradients_are_the_direct_ones(convolution in convolutions()) {
        compare(&RefBackend, &convolution).map_err(TestCaseError::fail)?;
    }
}

#[test]
fn gradients_of_more_images_than_are_held_at_once_are_the_direct_ones() {
    let geometry = ConvGeometry::new(ImageShape::new(64, 14, 14), Window::square(3)).unwrap();
    let convolution = Convolution {
        geometry,
        units: 64,
        images: 130,
    };
    compare(&CpuBackend::new().with_winograd(false), &convolution).unwrap();
}

#[test]
fn the_option_decides_which_way_is_taken() {
    let geometry = ConvGeometry::new(ImageShape::new(64, 10, 10), Window::square(3)).unwrap();
    let convolution = Convolution {
        geometry,
        units: 64,
        images: 4,
    };
    let results = [true, false]
        .map(|allowed| results(&CpuBackend::new().with_winograd(allowed), &convolution, false).unwrap());
    assert!((0..3).all(|part| results[0][part] != results[1][part]));
}

fn pass<B: Backend>(backend: &B, plan: &LayerPlan, input: &[f32]) -> Result<Outcome> {
    let weights = buffer_of(backend, &random(plan.weights(), 2))?;
    support::pass(backend, plan, input, Operands::of(&weights))
}

/// Layers of graded competition and of winners: more weights than are summed at once, odd sizes, and more images than a
/// group has.
fn plans() -> Vec<(LayerPlan, usize)> {
    let cases = [
        (320, [6, 6], 230, 5),
        (70, [7, 9], 64, 9),
        (96, [16, 16], 150, 11),
    ];
    let plan = |(channels, [height, width], units, images): (_, [usize; 2], _, _)| {
        let window = Window {
            padding: [1, 1],
            mode: PaddingMode::Reflect,
            ..Window::square(3)
        };
        let plan = LayerPlan {
            geometry: ConvGeometry::new(ImageShape::new(channels, height, width), window).unwrap(),
            units,
            similarity: Similarity::Cosine,
            competition: Competition::SignedSoftWta { beta: 2.0 },
            lowering: Lowering::new(y()).with_decay(Decay::Diagonal(y() * u())),
            output: Output::Triangle { power: 1.0 },
            pool: Some(Pool::tiled(PoolKind::Max, 2)),
        };
        (plan, images)
    };
    let graded = cases.map(plan);
    let winning = graded.clone().map(|(plan, images)| {
        let plan = LayerPlan {
            competition: Competition::HardWta,
            lowering: Lowering::new(y()).with_decay(Decay::activity()),
            output: Output::ClippedCosine,
            ..plan
        };
        (plan, images)
    });
    graded.into_iter().chain(winning).collect()
}

fn images(plan: &LayerPlan, count: usize) -> Vec<f32> {
    random(count * plan.geometry.input().len(), 1)
}

#[test]
fn layers_learn_and_respond_as_in_the_reference() {
    for (plan, count) in plans() {
        let input = images(&plan, count);
        let expected = pass(&RefBackend, &plan, &input).unwrap();
        let found = pass(&CpuBackend::new(), &plan, &input).unwrap();
        support::compare(&plan, None, &expected, &found);
    }
}

#[test]
fn results_are_the_same_bits_for_any_number_of_threads() {
    let backends = [1, 2, 3].map(|threads| CpuBackend::with_threads(threads).unwrap());
    for (plan, count) in plans() {
        let input = images(&plan, count);
        let [one, two, three] = backends
            .each_ref()
            .map(|backend| pass(backend, &plan, &input).unwrap());
        assert!(one == two && one == three, "{plan:?}");
    }
    let geometry = ConvGeometry::new(ImageShape::new(65, 9, 7), Window::square(3)).unwrap();
    let convolution = Convolution {
        geometry,
        units: 67,
        images: 13,
    };
    let [one, two, three] = backends
        .each_ref()
        .map(|backend| results(backend, &convolution, false).unwrap());
    assert!(one == two && one == three);
}

#[test]
fn the_output_for_an_image_does_not_depend_on_its_batch() {
    let backend = CpuBackend::new();
    for (plan, count) in plans() {
        let input = images(&plan, count);
        let [.., together] = pass(&backend, &plan, &input).unwrap();
        let len = plan.output_shape().unwrap().len();
        for (image, together) in input
            .chunks_exact(plan.geometry.input().len())
            .zip(together.chunks_exact(len))
        {
            let [.., alone] = pass(&backend, &plan, image).unwrap();
            assert!(alone == together, "{plan:?}");
        }
    }
}

/// The other tests, in a process of its own that may use fewer instructions.
#[test]
fn fallbacks_to_fewer_instructions_agree_with_the_reference_too() {
    for instructions in ["scalar", "avx2"] {
        for test in [
            "convolutions_and_their_gradients_are_the_direct_ones",
            "layers_learn_and_respond_as_in_the_reference",
        ] {
            support::passes_with(instructions, test);
        }
    }
}
