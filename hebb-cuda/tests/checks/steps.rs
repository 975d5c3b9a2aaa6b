//! One training step of the published networks at reduced size, against the reference.

use std::sync::Arc;

use hebb_core::geometry::ImageShape;
use hebb_core::layer::{LayerConfig, Learning};
use hebb_core::network::Network;
use hebb_core::{Backend, RefBackend, Seed};
use hebb_cuda::CudaBackend;

use super::{assert_near, networks};

/// Every output, and everything that is kept, after a step on two images.
fn step<B: Backend>(backend: B, layers: &[LayerConfig]) -> Vec<(String, Vec<f32>)> {
    let input = ImageShape::new(3, 26, 26);
    let mut network = Network::new(Arc::new(backend), input, layers, Seed::new(5)).unwrap();
    network
        .process(networks::images(2).view(), &vec![Learning::ALL; layers.len()])
        .unwrap();
    let tensors = network.tensors().unwrap().into_iter();
    let kept = tensors.map(|(name, array)| (name, array.iter().copied().collect()));
    let outputs = (0..layers.len()).map(|layer| {
        let output = network.output(layer).unwrap();
        (format!("output {layer}"), output.into_iter().collect())
    });
    kept.chain(outputs).collect()
}

/// A step leaves the same outputs and the same layers behind as on the reference.
pub(crate) fn agree(backend: CudaBackend, layers: &[LayerConfig]) {
    let (found, expected) = (step(backend, layers), step(RefBackend, layers));
    for ((name, found), (_, expected)) in found.iter().zip(&expected) {
        assert_near(name, found, expected);
    }
}
