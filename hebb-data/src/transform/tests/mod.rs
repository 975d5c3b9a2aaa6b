//! Tests of all transforms together; what they share is here.

#[cfg(feature = "serde")]
mod config;
mod fits;
mod laws;
mod refusals;

use hebb_core::Seed;
use ndarray::{Array4, s};

use super::*;

const SHAPE: ImageShape = ImageShape::new(3, 8, 7);

/// Smooth, correlated images with values in [0, 1].
fn images(count: usize, shape: ImageShape) -> Array4<f32> {
    Array4::from_shape_fn(shape.batch(count), |(n, c, y, x)| {
        let phase = (n * 37 % 101) as f32;
        let wave = (0.3 * (1.0 + phase % 7.0) * x as f32 + 0.2 * phase * y as f32 + c as f32 + phase).sin();
        let noise = ((n * 7919 + c * 104_729 + y * 1_299_709 + x * 15_485_863) % 1009) as f32 / 1009.0;
        (0.5 + 0.3 * wave + 0.2 * (noise - 0.5)).clamp(0.0, 1.0)
    })
}

fn zca(change: impl FnOnce(&mut ZcaSpec)) -> TransformSpec {
    let mut spec = ZcaSpec::default();
    change(&mut spec);
    TransformSpec::Zca(spec)
}

/// Every kind of transform, with and without the options that change its path.
fn all_specs() -> Vec<TransformSpec> {
    let filter = |mirror| {
        TransformSpec::ZcaFilter(ZcaFilterSpec {
            kernel: [3, 5],
            mirror,
            ..Default::default()
        })
    };
    vec![
        TransformSpec::Grayscale(GrayscaleSpec::default()),
        TransformSpec::Standardize(StandardizeSpec::default()),
        TransformSpec::StandardizeChannels(StandardizeChannelsSpec::default()),
        zca(|_| ()),
        zca(|spec| spec.center = false),
        zca(|spec| spec.mirror = true),
        TransformSpec::ZcaPatches(ZcaPatchesSpec {
            kernel: [2, 3],
            ..Default::default()
        }),
        filter(false),
        filter(true),
        TransformSpec::DifferenceOfGaussians(DifferenceOfGaussiansSpec::default()),
        TransformSpec::DifferenceOfGaussians(DifferenceOfGaussiansSpec {
            size: 7,
            ..Default::default()
        }),
    ]
}

fn fit(spec: &TransformSpec) -> Pipeline {
    Pipeline::fit(std::slice::from_ref(spec), &images(200, SHAPE), Seed::new(5)).unwrap()
}

fn mirror(images: &Array4<f32>) -> Array4<f32> {
    images
        .slice(s![.., .., .., ..;-1])
        .as_standard_layout()
        .into_owned()
}

fn distance(a: &Array4<f32>, b: &Array4<f32>) -> f32 {
    a.iter().zip(b).fold(0.0, |most, (a, b)| most.max((a - b).abs()))
}
