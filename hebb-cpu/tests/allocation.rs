//! Training allocates no buffer once every buffer has grown to its size.

#![allow(clippy::unwrap_used)]

mod support;

use hebb_core::Seed;
use hebb_core::geometry::ImageShape;
use hebb_core::layer::{LayerConfig, Learning, Normalize, RuleChoice, Thresholds};
use hebb_core::network::Network;
use hebb_core::plan::{Competition, Constraint, Output, Pool, PoolKind, Similarity};
use hebb_cpu::CpuBackend;
use ndarray::Array4;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const IMAGES: usize = 6;
const SHAPE: ImageShape = ImageShape::new(3, 16, 16);

fn miconi(units: usize, prune: f32, output: Output) -> LayerConfig {
    LayerConfig {
        normalize: Normalize::Standardize,
        competition: Some(Competition::KWta {
            k: 1,
            values: false,
            positive: true,
        }),
        thresholds: Some(Thresholds {
            rate: 3.0,
            target: None,
        }),
        rule: RuleChoice::named("instar"),
        constraint: Some(Constraint::UnitNorm),
        prune,
        output,
        pool: Some(Pool::tiled(PoolKind::Average, 2)),
        ..LayerConfig::conv(units, 3)
    }
}

fn networks() -> Vec<(&'static str, Vec<LayerConfig>)> {
    let triangle = Output::Triangle { power: 1.0 };
    let amato = LayerConfig {
        normalize: Normalize::BatchNorm { momentum: 0.1 },
        similarity: Some(Similarity::Cosine),
        competition: Some(Competition::HardWta),
        output: Output::Relu,
        ..LayerConfig::conv(20, 3)
    };
    let soft = LayerConfig {
        normalize: Normalize::BatchNorm { momentum: 0.1 },
        rule: RuleChoice::named("soft-hebb"),
        output: Output::Triangle { power: 0.7 },
        ..LayerConfig::conv(20, 3)
    };
    vec![
        (
            "dense and pruned winners",
            vec![miconi(20, 0.0, triangle), miconi(30, 0.95, triangle)],
        ),
        (
            "sparse images",
            vec![
                miconi(40, 0.0, Output::Competition),
                miconi(30, 0.0, Output::Competition),
            ],
        ),
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
