//! Homeostats: their effect on a layer, and refused combinations.

mod settings;

use super::*;
use crate::RefBackend;
use crate::backend::buffer_of;
use crate::geometry::ImageShape;
use crate::layer::{LayerConfig, RuleChoice, Schedule};
use crate::plan::{Competition, Constraint, Neighbourhood, Output, Similarity, UnitGrid, UnitRate};
use rand::RngExt;

const SHAPE: ImageShape = ImageShape::new(2, 5, 5);
const IMAGES: usize = 6;

fn layer(config: LayerConfig) -> HebbLayer<RefBackend> {
    HebbLayer::new(&RefBackend, config, SHAPE, Seed::new(4), 1).unwrap()
}

fn competing() -> LayerConfig {
    LayerConfig {
        competition: Some(Competition::HardWta),
        learning_rate: Schedule::Constant { rate: 1e-3 },
        ..LayerConfig::conv(4, 2)
    }
}

/// Images of uniform noise around `centre`, another batch for each number.
fn images(batch: u64, centre: f32) -> Vec<f32> {
    let mut stream = Seed::new(9).stream("images", batch);
    (0..IMAGES * SHAPE.len())
        .map(|_| centre + stream.random_range(-1.0..1.0))
        .collect()
}

fn train(layer: &mut HebbLayer<RefBackend>, batches: std::ops::Range<u64>) {
    for batch in batches {
        process(layer, &images(batch, 0.5), Learning::ALL);
    }
}

fn process(layer: &mut HebbLayer<RefBackend>, values: &[f32], learning: Learning) {
    let values = buffer_of(&RefBackend, values).unwrap();
    let input = Input {
        images: IMAGES,
        values: &values,
        teacher: None,
    };
    layer.process(&RefBackend, &input, learning).unwrap();
}

/// The spread of the wins of the last batch: the largest share less the smallest.
fn spread(layer: &HebbLayer<RefBackend>) -> f32 {
    let wins = &layer.sums.active;
    let of = |better: fn(f32, f32) -> f32| wins.iter().copied().reduce(better).unwrap();
    (of(f32::max) - of(f32::min)) / layer.sums.patches as f32
}

/// A layer whose first unit wins everything unless something holds it back.
fn greedy(config: LayerConfig) -> HebbLayer<RefBackend> {
    let mut layer = layer(config);
    let len = layer.checked.plan.geometry.patch_len();
    let mut weights = layer.weights.values.clone();
    weights[..len].fill(3.0);
    layer.weights.set(&RefBackend, &weights).unwrap();
    layer
}

#[test]
fn conscience_and_abstention_hold_back_a_unit_that_always_wins() {
    let mut free = greedy(competing());
    train(&mut free, 0..30);
    let conscience = Some(Conscience {
        rate: 0.1,
        strength: 20.0,
    });
    for config in [
        LayerConfig {
            conscience,
            ..competing()
        },
        LayerConfig {
            random_abstention: true,
            ..competing()
        },
    ] {
        let mut held = greedy(config);
        train(&mut held, 0..30);
        let (held, free) = (spread(&held), spread(&free));
        assert!(held < 0.9 && free > 0.95, "{held} with, {free} without");
    }
}

#[test]
fn conscience_weighs_the_activity_of_units_that_share_it() {
    let grid = UnitGrid([1, 1, 4]);
    let mut som = greedy(LayerConfig {
        competition: Some(Competition::Lateral {
            grid,
            kernel: Neighbourhood::Gauss,
            sigma: 0.5,
            shrink: 1.0,
        }),
        conscience: Some(Conscience {
            rate: 0.5,
            strength: 1.0,
        }),
        ..competing()
    });
    train(&mut som, 0..1);
    let thresholds = som.thresholds(&RefBackend).unwrap().unwrap();
    assert!(thresholds[0] > 0.0 && thresholds[3] < 0.0, "{thresholds:?}");
    assert!(thresholds.iter().sum::<f32>().abs() < 1e-5, "{thresholds:?}");
}

#[test]
fn scaling_brings_the_activity_to_its_target() {
    let mut scaled = layer(LayerConfig {
        competition: Some(Competition::KWta {
            k: 4,
            values: true,
            positive: true,
        }),
        synaptic_scaling: Some(SynapticScaling {
            rate: 0.5,
            target: 0.25,
        }),
        learning_rate: Schedule::Constant { rate: 0.0 },
        ..LayerConfig::conv(4, 2)
    });
    for _ in 0..60 {
        process(&mut scaled, &images(0, 0.5), Learning::ALL);
    }
    let patches = scaled.sums.patches as f32;
    let means: Vec<f32> = scaled.sums.weight.iter().map(|sum| sum / patches).collect();
    assert!(means.iter().all(|mean| (mean - 0.25).abs() < 0.02), "{means:?}");
}

#[test]
fn a_dead_unit_takes_over_a_patch_and_wins_again() {
    let reseed = Some(Reseed { patience: 3 });
    let mut layer = greedy(LayerConfig {
        reseed,
        similarity: Some(Similarity::Nearest),
        learning_rate: Schedule::Constant { rate: 0.0 },
        ..competing()
    });
    let len = layer.checked.plan.geometry.patch_len();
    // Units far from every patch never win the first.
    layer.weights.values[..len].fill(0.0);
    layer.weights.values[len..].fill(50.0);
    let before = layer.weights.values.clone();
    train(&mut layer, 0..2);
    assert_eq!(layer.weights.values, before, "patience was not kept");
    train(&mut layer, 2..3);
    assert_eq!(layer.weights.values[..len], before[..len]);
    assert_eq!(
        layer.weights.values[2 * len..],
        before[2 * len..],
        "more than one unit was re-seeded"
    );
    // The batch it was taken from wins it back.
    process(&mut layer, &images(2, 0.5), Learning::NONE);
    train(&mut layer, 2..3);
    assert!(layer.sums.active[1] > 0.0, "{:?}", layer.sums.active);
}

#[test]
fn a_reseeded_unit_keeps_its_mask_and_its_norm() {
    let mut layer = greedy(LayerConfig {
        reseed: Some(Reseed { patience: 1 }),
        prune: 0.5,
        constraint: Some(Constraint::UnitNorm),
        ..competing()
    });
    train(&mut layer, 0..8);
    let mask = layer.weights.mask.as_ref().unwrap().0.to_dense();
    assert!(
        layer
            .weights
            .values
            .iter()
            .zip(&mask)
            .all(|(w, kept)| *kept != 0.0 || *w == 0.0)
    );
    for row in layer
        .weights
        .values
        .chunks_exact(layer.checked.plan.geometry.patch_len())
    {
        let norm: f32 = row.iter().map(|w| w * w).sum();
        assert!((norm - 1.0).abs() < 1e-5, "{norm}");
    }
}

fn everything() -> LayerConfig {
    LayerConfig {
        conscience: Some(Conscience {
            rate: 0.1,
            strength: 2.0,
        }),
        random_abstention: true,
        synaptic_scaling: Some(SynapticScaling {
            rate: 0.1,
            target: 0.25,
        }),
        reseed: Some(Reseed { patience: 2 }),
        unit_rate: Some(UnitRate::NormDependent { power: 0.5 }),
        output: Output::Relu,
        ..competing()
    }
}

#[test]
fn a_restored_layer_goes_on_as_the_saved_one_to_the_bit() {
    let mut whole = greedy(everything());
    train(&mut whole, 0..9);
    let mut first = greedy(everything());
    train(&mut first, 0..5);
    let saved = first.tensors(&RefBackend).unwrap();
    for name in ["thresholds", "conscience", "victories", "silent", "batches"] {
        assert!(saved.contains_key(name), "{name}");
    }
    let mut second = layer(everything());
    second.restore(&RefBackend, &saved).unwrap();
    train(&mut second, 5..9);
    assert_eq!(
        second.tensors(&RefBackend).unwrap(),
        whole.tensors(&RefBackend).unwrap()
    );
}

#[test]
fn nothing_adapts_at_evaluation() {
    let mut layer = greedy(everything());
    train(&mut layer, 0..3);
    let before = layer.tensors(&RefBackend).unwrap();
    process(&mut layer, &images(7, 0.5), Learning::NONE);
    assert_eq!(layer.tensors(&RefBackend).unwrap(), before);
}

#[test]
fn a_neighbourhood_shrinks_with_training_and_stays_so_when_restored() {
    let config = LayerConfig {
        rule: RuleChoice::named("som"),
        ..LayerConfig::conv(4, 2)
    };
    let sigma = |layer: &HebbLayer<RefBackend>| match layer.checked.plan.competition {
        Competition::Lateral { sigma, .. } => sigma,
        _ => f32::NAN,
    };
    let mut som = layer(config.clone());
    assert_eq!(sigma(&som), 1.0);
    som.advance(1.0);
    assert!((sigma(&som) - 0.1).abs() < 1e-6);
    let mut restored = layer(config);
    restored
        .restore(&RefBackend, &som.tensors(&RefBackend).unwrap())
        .unwrap();
    assert_eq!(sigma(&restored), sigma(&som));
}

/// Dense activations with sparse plasticity: all that a layer passes on is not all that it learns from.
#[test]
fn a_dense_output_goes_with_sparse_plasticity() {
    let mut layer = layer(LayerConfig {
        competition: Some(Competition::k_wta(1)),
        output: Output::Triangle { power: 1.0 },
        ..LayerConfig::conv(4, 2)
    });
    process(&mut layer, &images(0, 0.5), Learning::ALL);
    let passed_on = layer.output.iter().filter(|value| **value > 0.0).count();
    let learned_from: f32 = layer.sums.active.iter().sum();
    assert_eq!(learned_from, layer.sums.patches as f32);
    assert!(
        passed_on as f32 > 1.3 * learned_from,
        "{passed_on} of {learned_from}"
    );
}

/// b ← b + rate·(share − target), the target being the same share for all where none is given.
#[test]
fn thresholds_move_by_how_far_a_unit_is_from_its_target() {
    for (target, expected) in [(None, 0.25), (Some(0.4), 0.4)] {
        let mut layer = layer(LayerConfig {
            thresholds: Some(Thresholds { rate: 0.5, target }),
            ..competing()
        });
        process(&mut layer, &images(0, 0.5), Learning::ALL);
        let patches = layer.sums.patches as f32;
        let shares = layer.sums.active.iter().map(|wins| wins / patches);
        let thresholds = layer.thresholds(&RefBackend).unwrap().unwrap();
        for (threshold, share) in thresholds.iter().zip(shares) {
            assert!(
                (threshold - 0.5 * (share - expected)).abs() < 1e-6,
                "{thresholds:?}"
            );
        }
    }
}

#[test]
fn a_conscience_rests_where_thresholds_must_not_adapt() {
    let mut layer = layer(LayerConfig {
        conscience: Some(Conscience {
            rate: 0.5,
            strength: 3.0,
        }),
        ..competing()
    });
    train(&mut layer, 0..2);
    let memory = |layer: &HebbLayer<RefBackend>| {
        let homeostats = layer.homeostasis.tensors(&RefBackend).unwrap();
        (homeostats, layer.homeostasis.thresholds.clone())
    };
    let before = memory(&layer);
    let weights_alone = Learning {
        thresholds: false,
        ..Learning::ALL
    };
    process(&mut layer, &images(2, 0.5), weights_alone);
    assert_eq!(memory(&layer), before);
}

#[test]
fn a_unit_that_starts_anew_has_no_threshold() {
    let mut layer = layer(LayerConfig {
        thresholds: Some(Thresholds {
            rate: 0.0,
            target: None,
        }),
        reseed: Some(Reseed { patience: 1 }),
        ..competing()
    });
    layer.homeostasis.thresholds = Some(vec![0.0, 0.0, 0.0, 1e3]);
    process(&mut layer, &images(0, 0.5), Learning::ALL);
    assert_eq!(layer.homeostasis.thresholds, Some(vec![0.0; 4]));
}
