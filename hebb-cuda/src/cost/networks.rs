//! The published networks at full size, as the presets of hebb have them.

use hebb_core::geometry::PaddingMode;
use hebb_core::layer::{LayerConfig, Normalize, Pair, RuleChoice, Thresholds};
use hebb_core::plan::{Competition, Constraint, Output, Pool, PoolKind, Reduction, Similarity, UnitRate};

/// A network with the batch that it is trained on.
pub(super) struct Published {
    pub(super) name: &'static str,
    pub(super) batch: usize,
    pub(super) layers: Vec<LayerConfig>,
}

pub(super) fn all() -> [Published; 3] {
    [
        Published {
            name: "miconi2021",
            batch: 100,
            layers: vec![miconi(100, 5, 0.0), miconi(196, 3, 0.99), miconi(400, 3, 0.99)],
        },
        Published {
            name: "hwta-conv2",
            batch: 64,
            layers: vec![
                winners(96, 5, Normalize::None, Some(Pool::tiled(PoolKind::Max, 2))),
                winners(128, 3, Normalize::BatchNorm { momentum: 0.1 }, None),
            ],
        },
        Published {
            name: "softhebb2023",
            batch: 10,
            layers: vec![
                soft(96, 5, 1.0, 0.7, overlapping()),
                soft(384, 3, 0.65, 1.4, overlapping()),
                soft(1536, 3, 0.25, 1.0, Pool::tiled(PoolKind::Average, 2)),
            ],
        },
    ]
}

fn miconi(units: usize, kernel: usize, prune: f32) -> LayerConfig {
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

fn winners(units: usize, kernel: usize, normalize: Normalize, pool: Option<Pool>) -> LayerConfig {
    LayerConfig {
        normalize,
        similarity: Some(Similarity::Cosine),
        competition: Some(Competition::HardWta),
        rule: RuleChoice::named("instar"),
        reduction: Some(Reduction::WeightedMean),
        output: Output::Relu,
        pool,
        ..LayerConfig::conv(units, kernel)
    }
}

fn soft(units: usize, kernel: usize, beta: f32, power: f32, pool: Pool) -> LayerConfig {
    LayerConfig {
        padding: Pair([kernel / 2; 2]),
        padding_mode: PaddingMode::Reflect,
        normalize: Normalize::BatchNorm { momentum: 0.1 },
        competition: Some(Competition::SignedSoftWta { beta }),
        rule: RuleChoice::named("soft-hebb"),
        reduction: Some(Reduction::MaxNormalized),
        unit_rate: Some(UnitRate::NormDependent { power: 0.5 }),
        output: Output::Triangle { power },
        pool: Some(pool),
        ..LayerConfig::conv(units, kernel)
    }
}

fn overlapping() -> Pool {
    Pool {
        kind: PoolKind::Max,
        size: 4,
        stride: 2,
        padding: 1,
    }
}
