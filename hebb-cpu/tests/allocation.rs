//! Training allocates no buffer once every buffer has grown to its size.

#![allow(clippy::unwrap_used)]

mod support;

use hebb_core::Seed;
use hebb_core::geometry::ImageShape;
use hebb_core::layer::{LayerConfig, Learning, Normalize};
use hebb_core::network::Network;
use hebb_core::plan::Output;
use hebb_core::testing::networks::{miconi, soft_hebb, winners};
use hebb_cpu::CpuBackend;
use ndarray::Array4;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const IMAGES: usize = 6;
const SHAPE: ImageShape = ImageShape::new(3, 16, 16);

fn networks() -> Vec<(&'static str, Vec<LayerConfig>)> {
    let codes = |units| LayerConfig {
        output: Output::Competition,
        ..miconi(units, 3, 0.0)
    };
    let amato = LayerConfig {
        normalize: Normalize::BatchNorm { momentum: 0.1 },
        ..winners(20, 3)
    };
    let soft = soft_hebb(20, 3, 0.7);
    vec![
        (
            "dense and pruned winners",
            vec![miconi(20, 3, 0.0), miconi(30, 3, 0.95)],
        ),
        ("sparse images", vec![codes(40), codes(30)]),
        ("batch norm and cosines", vec![amato.clone(), amato]),
        ("soft competition", vec![soft.clone(), soft.clone()]),
        (
            "soft competition by components",
            [64, 70]
                .map(|units| LayerConfig {
                    units,
                    ..soft.clone()
                })
                .into(),
        ),
    ]
}

/// Bytes that a step allocates after some others, on a thread of the pool: work that enters a pool is queued in memory
/// that the pool allocates now and then.
fn allocated(layers: &[LayerConfig]) -> usize {
    const STEPS: usize = 5;
    let mut network = Network::new(Arc::new(CpuBackend::new()), SHAPE, layers, Seed::new(0)).unwrap();
    let values = support::random(IMAGES * SHAPE.len(), 1);
    let images = Array4::from_shape_vec((IMAGES, 3, 16, 16), values).unwrap();
    let learning = vec![Learning::ALL; layers.len()];
    let mut bytes = 0;
    rayon::scope(|_| {
        for _ in 0..3 {
            network.process(images.view(), &learning).unwrap();
        }
        let region = Region::new(ALLOCATOR);
        for _ in 0..STEPS {
            network.process(images.view(), &learning).unwrap();
        }
        bytes = region.change().bytes_allocated / STEPS;
    });
    bytes
}

/// Formulas of a step are trees whose nodes are allocated, some dozens of bytes each; buffers are not.
#[test]
fn training_steps_allocate_no_buffer_in_the_steady_state() {
    const FORMULAS: usize = 4096;
    let bytes = networks()
        .into_iter()
        .map(|(name, layers)| (name, allocated(&layers)));
    let bytes: Vec<_> = bytes.collect();
    assert!(bytes.iter().all(|(_, bytes)| *bytes <= FORMULAS), "{bytes:?}");
}
