//! Convolutions, forward and backward, with and without Winograd's F(2×2, 3×3).
#![allow(clippy::unwrap_used, reason = "a bench may panic")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hebb_bench::values;
use hebb_core::backend::{Backend, Convolution, Gradients, Workspace};
use hebb_core::geometry::{ConvGeometry, ImageShape, Window};
use hebb_cpu::CpuBackend;

const IMAGES: usize = 64;

/// Layers of SoftHebb and of Amato et al. 2019: name, input (C, H, W), units, [kernel size, padding].
const LAYERS: [(&str, [usize; 3], usize, [usize; 2]); 6] = [
    ("softhebb2023-2", [96, 16, 16], 384, [3, 1]),
    ("softhebb2023-3", [384, 8, 8], 1536, [3, 1]),
    ("amato-1", [3, 32, 32], 96, [5, 0]),
    ("amato-2", [96, 14, 14], 128, [3, 0]),
    ("amato-3", [128, 12, 12], 192, [3, 0]),
    ("amato-4", [192, 5, 5], 256, [3, 0]),
];

fn convolutions(criterion: &mut Criterion) {
    convolve(criterion, "cpu", &CpuBackend::new());
    convolve(criterion, "cpu-direct", &CpuBackend::new().with_winograd(false));
}

fn convolution(shape: ImageShape, units: usize, kernel: usize, padding: usize) -> Convolution {
    let window = Window {
        padding: [padding; 2],
        ..Window::square(kernel)
    };
    Convolution {
        geometry: ConvGeometry::new(shape, window).unwrap(),
        units,
        images: IMAGES,
    }
}

fn convolve(criterion: &mut Criterion, group: &str, backend: &CpuBackend) {
    for (name, [channels, height, width], units, [kernel, padding]) in LAYERS {
        let shape = ImageShape::new(channels, height, width);
        let convolution = convolution(shape, units, kernel, padding);
        let (patches, responses) = (convolution.patches(), convolution.responses());
        let images = values(IMAGES * shape.len());
        let (weights, grad_output) = (values(units * patches.cols), values(responses.len()));
        let mut output = vec![0.0; responses.len()];
        let (mut own, mut bias) = (vec![0.0; weights.len()], vec![0.0; units]);
        let mut input = vec![0.0; images.len()];
        let mut workspace = Workspace::default();
        let flops = 2 * (responses.len() * patches.cols) as u64;

        let mut group = criterion.benchmark_group(group);
        group.throughput(Throughput::Elements(flops));
        group.bench_function(format!("convolve/{name}"), |bencher| {
            bencher.iter(|| {
                backend
                    .convolve(&convolution, &images, &weights, None, &mut output, &mut workspace)
                    .unwrap()
            });
        });
        group.throughput(Throughput::Elements(2 * flops));
        group.bench_function(format!("convolve-backward/{name}"), |bencher| {
            bencher.iter(|| {
                let gradients = Gradients {
                    weights: &mut own,
                    bias: Some(&mut bias),
                    input: Some(&mut input),
                };
                backend
                    .convolve_backward(
                        &convolution,
                        &images,
                        &weights,
                        &grad_output,
                        gradients,
                        &mut workspace,
                    )
                    .unwrap();
            });
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = convolutions
}
criterion_main!(benches);
