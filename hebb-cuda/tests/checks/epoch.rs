//! Host-device traffic of a training epoch.

use std::sync::Arc;

use hebb_core::geometry::ImageShape;
use hebb_core::layer::{LayerConfig, Learning};
use hebb_core::network::Network;
use hebb_core::{Backend, Seed};
use hebb_cuda::CudaBackend;

use super::networks;

/// Trains on a batch, calls `begin`, and trains on `batches` more.
pub(crate) fn run(backend: CudaBackend, layers: &[LayerConfig], batches: usize, begin: impl FnOnce()) {
    let input = ImageShape::new(3, 26, 26);
    let mut network = Network::new(Arc::new(backend), input, layers, Seed::new(5)).unwrap();
    let (images, learning) = (networks::images(2), vec![Learning::ALL; layers.len()]);
    network.process(images.view(), &learning).unwrap();
    begin();
    for _ in 0..batches {
        network.process(images.view(), &learning).unwrap();
    }
    network.backend().synchronize().unwrap();
}
