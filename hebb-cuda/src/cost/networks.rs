//! The published networks at full size, as the presets of hebb have them.

use hebb_core::geometry::PaddingMode;
use hebb_core::layer::{LayerConfig, Normalize, Pair, RuleChoice};
use hebb_core::plan::{Competition, Pool, PoolKind, Reduction, UnitRate};
use hebb_core::testing::networks::{self, miconi, overlapping_maxima, soft_hebb};

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
                soft(96, 5, 1.0, 0.7, overlapping_maxima()),
                soft(384, 3, 0.65, 1.4, overlapping_maxima()),
                soft(1536, 3, 0.25, 1.0, Pool::tiled(PoolKind::Average, 2)),
            ],
        },
    ]
}

fn winners(units: usize, kernel: usize, normalize: Normalize, pool: Option<Pool>) -> LayerConfig {
    LayerConfig {
        normalize,
        rule: RuleChoice::named("instar"),
        reduction: Some(Reduction::WeightedMean),
        pool,
        ..networks::winners(units, kernel)
    }
}

fn soft(units: usize, kernel: usize, beta: f32, power: f32, pool: Pool) -> LayerConfig {
    LayerConfig {
        padding: Pair([kernel / 2; 2]),
        padding_mode: PaddingMode::Reflect,
        competition: Some(Competition::SignedSoftWta { beta }),
        reduction: Some(Reduction::MaxNormalized),
        unit_rate: Some(UnitRate::NormDependent { power: 0.5 }),
        pool: Some(pool),
        ..soft_hebb(units, kernel, power)
    }
}
