//! The networks that are timed.

use hebb_core::geometry::ImageShape;
use hebb_core::layer::{LayerConfig, Normalize, RuleChoice, Schedule, Thresholds};
use hebb_core::plan::{Competition, Constraint, Output, Pool, PoolKind, Reduction, Similarity};

/// A network and what it is fed with.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its name in the benches.
    pub name: &'static str,
    /// One image.
    pub input: ImageShape,
    /// Images a batch.
    pub batch: usize,
    /// Its layers.
    pub layers: Vec<LayerConfig>,
}

/// The names of all cases.
pub const NETWORKS: [&str; 3] = ["miconi2021", "miconi2021-simple", "amato2019"];

/// The case of this name; `None` for a name that is not in [`NETWORKS`].
pub fn case(name: &str) -> Option<Case> {
    let name = NETWORKS.into_iter().find(|known| *known == name)?;
    Some(match name {
        "miconi2021" => Case {
            name,
            input: ImageShape::new(3, 32, 32),
            batch: 100,
            layers: vec![
                miconi(100, 5, 0.0, Output::Triangle { power: 1.0 }),
                miconi(196, 3, 0.99, Output::Triangle { power: 1.0 }),
                miconi(400, 3, 0.99, Output::Triangle { power: 1.0 }),
            ],
        },
        "miconi2021-simple" => Case {
            name,
            input: ImageShape::new(1, 32, 32),
            batch: 100,
            layers: [(100, 5), (196, 3), (400, 3)]
                .map(|(units, kernel)| miconi(units, kernel, 0.0, Output::Competition))
                .to_vec(),
        },
        _ => Case {
            name,
            input: ImageShape::new(3, 32, 32),
            batch: 64,
            layers: vec![
                LayerConfig {
                    pool: Some(Pool::tiled(PoolKind::Max, 2)),
                    ..amato(96, 5)
                },
                amato(128, 3),
            ],
        },
    })
}

/// A layer of Miconi 2021: instar, one binary winner, adaptive thresholds.
fn miconi(units: usize, kernel: usize, prune: f32, output: Output) -> LayerConfig {
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
        learning_rate: Schedule::Constant { rate: 1e-4 },
        constraint: Some(Constraint::UnitNorm),
        prune,
        output,
        pool: Some(Pool::tiled(PoolKind::Average, 2)),
        ..LayerConfig::conv(units, kernel)
    }
}

/// A layer of Amato et al. 2019: hard winner-take-all on the raised cosine, weighted mean.
fn amato(units: usize, kernel: usize) -> LayerConfig {
    LayerConfig {
        similarity: Some(Similarity::RaisedCosine { power: 2.0 }),
        competition: Some(Competition::HardWta),
        rule: RuleChoice::named("instar"),
        reduction: Some(Reduction::WeightedMean),
        learning_rate: Schedule::Constant { rate: 0.1 },
        output: Output::Raw,
        ..LayerConfig::conv(units, kernel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_network_has_a_case() {
        assert!(NETWORKS.iter().all(|name| case(name).is_some()));
        assert!(case("nobody1999").is_none());
    }
}
