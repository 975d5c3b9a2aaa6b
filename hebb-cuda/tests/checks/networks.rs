//! The published networks at reduced size, for images of 3x26x26.

use hebb_core::layer::{Conscience, LayerConfig, Reseed, RuleChoice, Schedule, SynapticScaling};
use hebb_core::plan::{Competition, Output, Pool, PoolKind, Reduction};
use hebb_core::testing::networks::{self, miconi, overlapping_maxima};
use ndarray::Array4;

/// Dense activations with sparse plasticity and pruning (Miconi 2021).
pub(crate) fn miconi2021() -> Vec<LayerConfig> {
    let layer = |units, kernel, prune| LayerConfig {
        learning_rate: Schedule::Constant { rate: 0.01 },
        ..miconi(units, kernel, prune)
    };
    vec![layer(10, 5, 0.0), layer(14, 3, 0.8), layer(20, 3, 0.8)]
}

/// Winners by projection, weighted mean of each unit (Amato et al. 2019).
pub(crate) fn hard_wta() -> Vec<LayerConfig> {
    let layer = |units| LayerConfig {
        rule: RuleChoice::named("hard-wta"),
        reduction: Some(Reduction::WeightedMean),
        learning_rate: Schedule::Constant { rate: 0.1 },
        pool: Some(Pool::tiled(PoolKind::Max, 2)),
        ..networks::winners(units, 3)
    };
    vec![layer(12), layer(18)]
}

/// Batch norm, signed soft competition, triangle activation (Journé et al. 2023).
pub(crate) fn soft_hebb() -> Vec<LayerConfig> {
    let layer = |units, power| LayerConfig {
        competition: Some(Competition::SignedSoftWta { beta: 1.0 }),
        learning_rate: Schedule::Constant { rate: 0.01 },
        pool: Some(overlapping_maxima()),
        ..networks::soft_hebb(units, 3, power)
    };
    vec![layer(12, 0.7), layer(16, 1.4)]
}

/// A rule with states: thresholds that slide with the mean of y².
pub(crate) fn bcm() -> Vec<LayerConfig> {
    vec![LayerConfig {
        rule: RuleChoice::named("bcm"),
        reduction: Some(Reduction::Mean),
        ..LayerConfig::conv(9, 5)
    }]
}

/// Every homeostat that remembers something: where one unit wins a patch, and where units share it.
pub(crate) fn kept_in_use() -> Vec<LayerConfig> {
    let conscience = Some(Conscience {
        rate: 0.1,
        strength: 2.0,
    });
    let winners = LayerConfig {
        competition: Some(Competition::HardWta),
        conscience,
        random_abstention: true,
        synaptic_scaling: Some(SynapticScaling {
            rate: 0.1,
            target: 0.1,
        }),
        reseed: Some(Reseed { patience: 9 }),
        learning_rate: Schedule::Constant { rate: 0.001 },
        output: Output::Relu,
        pool: Some(Pool::tiled(PoolKind::Max, 2)),
        ..LayerConfig::conv(10, 5)
    };
    let map = LayerConfig {
        rule: RuleChoice::named("som"),
        conscience,
        learning_rate: Schedule::Constant { rate: 0.001 },
        ..LayerConfig::conv(9, 3)
    };
    vec![winners, map]
}

/// A batch of images.
pub(crate) fn images(count: usize) -> Array4<f32> {
    Array4::from_shape_fn((count, 3, 26, 26), |(b, c, i, j)| {
        (((b + 3) * (c + 5) * (i + 7) * (j + 11)) % 97) as f32 / 97.0 - 0.5
    })
}
