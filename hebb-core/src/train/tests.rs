//! Training phases.

use super::*;
use crate::geometry::ImageShape;
use crate::layer::{HebbLayer, LayerConfig, RuleChoice, Thresholds};
use crate::plan::{Competition, Constraint, Reduction};
use crate::source::Batch;
use crate::{RefBackend, Seed};
use ndarray::{Array4, Axis, Slice};
use std::sync::Arc;

struct Ramp;

impl BatchSource for Ramp {
    fn shape(&self) -> ImageShape {
        ImageShape::new(1, 6, 6)
    }
    fn images(&self) -> usize {
        7
    }
    fn for_each(
        &mut self,
        _: Order,
        batch: usize,
        each: &mut dyn FnMut(Batch<'_>) -> Result<()>,
    ) -> Result<()> {
        let images =
            Array4::from_shape_fn((7, 1, 6, 6), |(b, _, i, j)| ((b * 7 + i * 5 + j * 3) % 11) as f32);
        (0..7).step_by(batch).try_for_each(|start| {
            let images = images.slice_axis(Axis(0), Slice::from(start..(start + batch).min(7)));
            each(Batch { images, labels: &[] })
        })
    }
}

fn network() -> Network<RefBackend> {
    let first = LayerConfig {
        competition: Some(Competition::HardWta),
        constraint: Some(Constraint::UnitNorm),
        thresholds: Some(Thresholds {
            rate: 0.1,
            target: None,
        }),
        ..LayerConfig::conv(4, 3)
    };
    let second = LayerConfig {
        kernel: None,
        units: 3,
        ..first.clone()
    };
    Network::new(Arc::new(RefBackend), Ramp.shape(), &[first, second], Seed::new(3)).unwrap()
}

fn first(network: &Network<RefBackend>) -> &HebbLayer<RefBackend> {
    network.layers()[0].hebb().unwrap()
}

fn updates(network: &Network<RefBackend>) -> Vec<u64> {
    network.hebb_layers().map(HebbLayer::updates).collect()
}

#[test]
fn all_layers_learn_from_every_batch_after_the_burn_in() {
    let mut network = network();
    let before = first(&network).thresholds(network.backend()).unwrap();
    let config = TrainConfig {
        epochs: 2,
        batch: 3,
        burn_in: 2,
        ..TrainConfig::default()
    };
    train(&mut network, &mut Ramp, &config, &mut NoObserver).unwrap();
    assert_eq!(updates(&network), [4, 4]);
    assert_ne!(first(&network).thresholds(network.backend()).unwrap(), before);
}

#[test]
fn the_batches_that_are_learned_from_are_counted_beforehand() {
    let config = TrainConfig {
        epochs: 2,
        batch: 3,
        burn_in: 2,
        ..TrainConfig::default()
    };
    let mut network = network();
    train(&mut network, &mut Ramp, &config, &mut NoObserver).unwrap();
    assert_eq!(updates(&network), [config.learning_batches(Ramp.images()); 2]);
    assert_eq!(TrainConfig { burn_in: 9, ..config }.learning_batches(7), 0);
}

#[test]
fn greedy_training_freezes_each_layer_before_the_next_one_starts() {
    let config = TrainConfig {
        mode: TrainMode::Greedy,
        epochs: 1,
        batch: 4,
        ..TrainConfig::default()
    };
    let mut greedy = network();
    train(&mut greedy, &mut Ramp, &config, &mut NoObserver).unwrap();
    assert_eq!(updates(&greedy), [2, 2]);
    let mut first_only = network();
    let only = TrainConfig {
        layers: Some(vec![1]),
        ..config
    };
    train(&mut first_only, &mut Ramp, &only, &mut NoObserver).unwrap();
    let weights = |network: &Network<RefBackend>| first(network).weights(network.backend()).unwrap();
    assert_eq!(weights(&greedy), weights(&first_only));
}

#[test]
fn settling_moves_thresholds_and_leaves_weights() {
    let (mut settled, fresh) = (network(), network());
    adapt_thresholds(&mut settled, &mut Ramp, 3, 5).unwrap();
    let backend = RefBackend;
    let (settled, fresh) = (first(&settled), first(&fresh));
    assert_eq!(
        settled.weights(&backend).unwrap(),
        fresh.weights(&backend).unwrap()
    );
    assert_ne!(
        settled.thresholds(&backend).unwrap(),
        fresh.thresholds(&backend).unwrap()
    );
}

#[test]
fn a_layer_that_diverges_is_named_with_its_epoch_and_the_remedy() {
    let layer = LayerConfig {
        rule: RuleChoice::named("hebb"),
        learning_rate: 1e18.into(),
        constraint: Some(Constraint::None),
        reduction: Some(Reduction::Sum),
        ..LayerConfig::dense(2)
    };
    let mut network = Network::new(Arc::new(RefBackend), Ramp.shape(), &[layer], Seed::new(3)).unwrap();
    let config = TrainConfig {
        epochs: 9,
        batch: 7,
        ..TrainConfig::default()
    };
    let message = train(&mut network, &mut Ramp, &config, &mut NoObserver)
        .unwrap_err()
        .to_string();
    let remedy = "lower layers.0.learning-rate (now 1000000000000000000) or set reduction = \"mean\"";
    assert!(
        message.starts_with("layer 1 diverged in epoch 2 (weights are "),
        "{message}"
    );
    assert!(message.ends_with(remedy), "{message}");
}

#[test]
fn a_network_restored_from_its_tensors_is_the_same_network() {
    let mut trained = network();
    train(&mut trained, &mut Ramp, &TrainConfig::default(), &mut NoObserver).unwrap();
    let mut restored = network();
    restored.restore(&trained.tensors().unwrap()).unwrap();
    assert_eq!(restored.tensors().unwrap(), trained.tensors().unwrap());
}
