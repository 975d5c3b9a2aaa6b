//! The published networks at reduced size, for images of 3x26x26.

use hebb_core::layer::{
    Conscience, LayerConfig, Normalize, Reseed, RuleChoice, Schedule, SynapticScaling, Thresholds,
};
use hebb_core::plan::{Competition, Constraint, Output, Pool, PoolKind, Reduction, Similarity};
use ndarray::Array4;

/// Dense activations with sparse plasticity and pruning (Miconi 2021).
pub(crate) fn miconi2021() -> Vec<LayerConfig> {
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
pub(crate) fn hard_wta() -> Vec<LayerConfig> {
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
pub(crate) fn soft_hebb() -> Vec<LayerConfig> {
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
