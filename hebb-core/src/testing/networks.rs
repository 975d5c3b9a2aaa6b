//! Layers of published networks, for tests and models of cost.

use crate::layer::{LayerConfig, Normalize, RuleChoice, Thresholds};
use crate::plan::{Competition, Constraint, Output, Pool, PoolKind, Similarity};

/// Dense activations with sparse plasticity and pruning (Miconi 2021).
pub fn miconi(units: usize, kernel: usize, prune: f32) -> LayerConfig {
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
        output: Output::Triangle { power: 1.0 },
        pool: Some(Pool::tiled(PoolKind::Average, 2)),
        ..LayerConfig::conv(units, kernel)
    }
}

/// One winner by cosines (Amato et al. 2019).
pub fn winners(units: usize, kernel: usize) -> LayerConfig {
    LayerConfig {
        similarity: Some(Similarity::Cosine),
        competition: Some(Competition::HardWta),
        output: Output::Relu,
        ..LayerConfig::conv(units, kernel)
    }
}

/// Batch norm, soft competition and triangle activation (Journé et al. 2023).
pub fn soft_hebb(units: usize, kernel: usize, power: f32) -> LayerConfig {
    LayerConfig {
        normalize: Normalize::BatchNorm { momentum: 0.1 },
        rule: RuleChoice::named("soft-hebb"),
        output: Output::Triangle { power },
        ..LayerConfig::conv(units, kernel)
    }
}

/// Overlapping maxima, as [`soft_hebb`] layers pool.
pub fn overlapping_maxima() -> Pool {
    Pool {
        kind: PoolKind::Max,
        size: 4,
        stride: 2,
        padding: 1,
    }
}
