//! SoftHebb, Journé et al. 2023: one, two and three layers, beside hard winner-take-all and random weights.
//!
//! A row named by depth trains the network, or leaves it random, and reads its last layer out as the paper does, by 50 epochs of
//! Adam with dropout; the row `…/ridge` reads the same network out in closed form, from 6,144 means over a grid.

use super::table::{Figure, Measure, Row, Table};
use crate::Result;
use crate::experiment::{Experiment, Phases, ReadoutConfig, presets};
use hebb_core::network::LayerSpec;
use hebb_core::plan::{Competition, Pool, PoolKind};
use hebb_core::readout::{Classifier, FeatureMap, RidgeRegression, SoftmaxRegression};
use hebb_core::train::TrainConfig;

pub(super) const TABLE: Table = Table {
    name: "softhebb2023",
    about: "Journe et al. 2023 (ICLR), SoftHebb: accuracy by depth, on CIFAR-10",
    rows,
    chart: super::plot::by_depth,
    by_epoch: &[],
};

/// The training of the network.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    SoftHebb,
    HardWta,
    Random,
}

/// Every kind, its name, and the paper's accuracy by depth.
const KINDS: [(Kind, &str, [f64; 3]); 3] = [
    (Kind::SoftHebb, "softhebb", [71.10, 77.70, 80.31]),
    (Kind::HardWta, "hard-wta", [62.69, 60.08, 60.29]),
    (Kind::Random, "random", [63.99, 68.64, 64.62]),
];

/// Cells a side of the grid that leaves 6,144 features at each depth.
const GRIDS: [usize; 3] = [8, 4, 2];

fn rows() -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (index, grid) in GRIDS.into_iter().enumerate() {
        for (kind, name, paper) in KINDS {
            let read = by_softmax(kind, name, index + 1, paper[index])?;
            rows.push(by_ridge(&read, index + 1, grid));
            rows.push(read);
        }
    }
    Ok(rows)
}

/// The network, trained if it is, and read out by softmax regression.
fn by_softmax(kind: Kind, name: &str, depth: usize, paper: f64) -> Result<Row> {
    let base = presets::find("softhebb2023")?.experiment(&[])?;
    Ok(Row {
        name: format!("{name}-{depth}"),
        takes: None,
        measures: vec![Measure {
            figure: Figure::Layer(depth, "softmax"),
            paper: Some(paper),
        }],
        experiment: Experiment {
            name: format!("softhebb2023-{name}-{depth}"),
            description: format!("Journe et al. 2023, {name}, {depth} layers"),
            layers: layers(&base, depth, kind),
            training: match kind {
                Kind::Random => untrained(),
                _ => base.training.clone(),
            },
            readout: readout(depth, 0, Classifier::Softmax(SoftmaxRegression::default())),
            ..base
        },
    })
}

/// The same network, read out by ridge regression.
fn by_ridge(row: &Row, depth: usize, grid: usize) -> Row {
    let experiment = &row.experiment;
    let measure = |figure| Measure { figure, paper: None };
    Row {
        name: format!("{}/ridge", row.name),
        takes: Some((row.name.clone(), depth)),
        measures: vec![measure(Figure::Layer(depth, "ridge"))],
        experiment: Experiment {
            name: format!("{}-ridge", experiment.name),
            description: format!("{}, read out by ridge regression", experiment.description),
            training: untrained(),
            readout: readout(depth, grid, Classifier::Ridge(RidgeRegression::default())),
            ..experiment.clone()
        },
    }
}

fn untrained() -> Phases {
    Phases::new(vec![TrainConfig {
        epochs: 0,
        ..TrainConfig::default()
    }])
}

/// The first layers of the preset; a single one is pooled by means, as published.
fn layers(base: &Experiment, depth: usize, kind: Kind) -> Vec<LayerSpec> {
    let mut layers: Vec<LayerSpec> = base.layers.iter().take(depth).cloned().collect();
    for layer in &mut layers {
        if let LayerSpec::Hebb(config) = layer {
            if depth == 1 {
                config.pool = config.pool.map(|pool| Pool {
                    kind: PoolKind::Average,
                    ..pool
                });
            }
            if kind == Kind::HardWta {
                config.competition = Some(Competition::HardWta);
            }
        }
    }
    layers
}

fn readout(layer: usize, grid: usize, classifier: Classifier) -> ReadoutConfig {
    ReadoutConfig {
        features: FeatureMap {
            grid,
            as_next_input: false,
        },
        classifiers: vec![classifier],
        layers: vec![layer],
        control: false,
        ..ReadoutConfig::default()
    }
}
