//! SoftHebb, Journé et al. 2023: one, two and three layers, beside hard winner-take-all and random weights.
//!
//! A row named by depth trains the network and reads its last layer out as the paper does, by 50 epochs of Adam with dropout;
//! the row `…/ridge` reads the same network out in closed form, from 6,144 means over a grid.

use super::{Measure, Row, Table, What};
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

/// Accuracy of the paper by depth: SoftHebb, hard winner-take-all, random weights.
const PAPER: [[f64; 3]; 3] = [
    [71.10, 62.69, 63.99],
    [77.70, 60.08, 68.64],
    [80.31, 60.29, 64.62],
];

/// Cells a side of the grid that leaves 6,144 features at each depth.
const GRIDS: [usize; 3] = [8, 4, 2];

fn rows() -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for depth in 1..=PAPER.len() {
        for hard in [false, true] {
            let trained = trained(depth, hard)?;
            rows.push(by_ridge(&trained, depth));
            rows.push(trained);
        }
    }
    Ok(rows)
}

/// The network, trained and read out by softmax regression.
fn trained(depth: usize, hard: bool) -> Result<Row> {
    let base = presets::find("softhebb2023")?.experiment(&[])?;
    let [soft, hard_wta, random] = PAPER[depth - 1];
    let (kind, paper) = if hard {
        ("hard-wta", hard_wta)
    } else {
        ("softhebb", soft)
    };
    let classifier = Classifier::Softmax(SoftmaxRegression::default());
    let measure = |what, paper| Measure {
        what,
        paper: Some(paper),
    };
    Ok(Row {
        name: format!("{kind}-{depth}"),
        takes: None,
        measures: vec![
            measure(What::Layer(depth, "softmax"), paper),
            measure(What::Control(depth, "softmax"), random),
        ],
        experiment: Experiment {
            name: format!("softhebb2023-{kind}-{depth}"),
            description: format!("Journe et al. 2023, {kind}, {depth} layers"),
            layers: layers(&base, depth, hard),
            readout: readout(depth, 0, classifier),
            ..base
        },
    })
}

/// The same network, read out by ridge regression.
fn by_ridge(row: &Row, depth: usize) -> Row {
    let experiment = &row.experiment;
    let measure = |what| Measure { what, paper: None };
    Row {
        name: format!("{}/ridge", row.name),
        takes: Some((row.name.clone(), depth)),
        measures: vec![measure(What::Layer(depth, "ridge"))],
        experiment: Experiment {
            name: format!("{}-ridge", experiment.name),
            description: format!("{}, read out by ridge regression", experiment.description),
            training: Phases::new(vec![TrainConfig {
                epochs: 0,
                ..TrainConfig::default()
            }]),
            readout: readout(
                depth,
                GRIDS[depth - 1],
                Classifier::Ridge(RidgeRegression::default()),
            ),
            ..experiment.clone()
        },
    }
}

/// The first layers of the preset; a single one is pooled by means, as published.
fn layers(base: &Experiment, depth: usize, hard: bool) -> Vec<LayerSpec> {
    let mut layers: Vec<LayerSpec> = base.layers.iter().take(depth).cloned().collect();
    for layer in &mut layers {
        if let LayerSpec::Hebb(config) = layer {
            if depth == 1 {
                config.pool = config.pool.map(|pool| Pool {
                    kind: PoolKind::Average,
                    ..pool
                });
            }
            if hard {
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
        ..ReadoutConfig::default()
    }
}
