//! One training step of the published networks at reduced size, against the reference.

use std::sync::Arc;

use hebb_core::geometry::ImageShape;
use hebb_core::layer::{LayerConfig, Learning, Normalize, RuleChoice, Schedule, Thresholds};
use hebb_core::network::Network;
use hebb_core::plan::{Competition, Constraint, Output, Pool, PoolKind, Reduction, Similarity};
use hebb_core::{Backend, RefBackend, Seed};
use hebb_mock_gpu::GpuSession;
use ndarray::Array4;

use crate::support::{assert_clean, assert_near, backend};

/// Dense activations with sparse plasticity and pruning (Miconi 2021).
fn miconi2021() -> Vec<LayerConfig> {
    let layer = |units, kernel, prune| LayerConfig {
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
        learning_rate: Schedule::Constant { rate: 0.01 },
        constraint: Some(Constraint::UnitNorm),
        prune,
        output: Output::Triangle { power: 1.0 },
        pool: Some(Pool::tiled(PoolKind::Average, 2)),
        ..LayerConfig::conv(units, kernel)
    };
    vec![layer(10, 5, 0.0), layer(14, 3, 0.8), layer(20, 3, 0.8)]
}

/// Winners by projection, weighted mean of each unit (Amato et al. 2019).
fn hard_wta() -> Vec<LayerConfig> {
    let layer = |units| LayerConfig {
        similarity: Some(Similarity::Cosine),
        competition: Some(Competition::HardWta),
        rule: RuleChoice::named("hard-wta"),
        reduction: Some(Reduction::WeightedMean),
        learning_rate: Schedule::Constant { rate: 0.1 },
        output: Output::Relu,
        pool: Some(Pool::tiled(PoolKind::Max, 2)),
        ..LayerConfig::conv(units, 3)
    };
    vec![layer(12), layer(18)]
}

/// Batch norm, signed soft competition, triangle activation (Journé et al. 2023).
fn soft_hebb() -> Vec<LayerConfig> {
    let layer = |units, power| LayerConfig {
        normalize: Normalize::BatchNorm { momentum: 0.1 },
        competition: Some(Competition::SignedSoftWta { beta: 1.0 }),
        rule: RuleChoice::named("soft-hebb"),
        learning_rate: Schedule::Constant { rate: 0.01 },
        output: Output::Triangle { power },
        pool: Some(Pool {
            kind: PoolKind::Max,
            size: 4,
            stride: 2,
            padding: 1,
        }),
        ..LayerConfig::conv(units, 3)
    };
    vec![layer(12, 0.7), layer(16, 1.4)]
}

/// Every output, and everything that is kept, after a step on two images.
fn step<B: Backend>(backend: B, layers: &[LayerConfig]) -> Vec<(String, Vec<f32>)> {
    let input = ImageShape::new(3, 26, 26);
    let mut network = Network::new(Arc::new(backend), input, layers, Seed::new(5)).unwrap();
    let images = Array4::from_shape_fn((2, 3, 26, 26), |(b, c, i, j)| {
        (((b + 3) * (c + 5) * (i + 7) * (j + 11)) % 97) as f32 / 97.0 - 0.5
    });
    network
        .process(images.view(), &vec![Learning::ALL; layers.len()])
        .unwrap();
    let tensors = network.tensors().unwrap().into_iter();
    let kept = tensors.map(|(name, array)| (name, array.iter().copied().collect()));
    let outputs = (0..layers.len()).map(|layer| {
        let output = network.output(layer).unwrap();
        (format!("output {layer}"), output.into_iter().collect())
    });
    kept.chain(outputs).collect()
}

fn agrees_with_the_reference(layers: &[LayerConfig]) {
    let session = GpuSession::start();
    let found = step(backend(&session), layers);
    let expected = step(RefBackend, layers);
    for ((name, found), (_, expected)) in found.iter().zip(&expected) {
        assert_near(name, found, expected);
    }
    assert_clean(&session);
}

#[test]
fn a_step_of_miconi2021_is_that_of_the_reference() {
    agrees_with_the_reference(&miconi2021());
}

#[test]
fn a_step_of_hard_winner_take_all_is_that_of_the_reference() {
    agrees_with_the_reference(&hard_wta());
}

#[test]
fn a_step_of_soft_hebb_is_that_of_the_reference() {
    agrees_with_the_reference(&soft_hebb());
}
