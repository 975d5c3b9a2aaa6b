//! Miconi 2021: three rules, with and without the two interventions, decoded after each layer.
//!
//! Five epochs: the preset's twenty give the same accuracies within their spread (see hebb-bench/records/miconi2021-presets).

use super::table::{Figure, Measure, Row, Table};
use crate::Result;
use crate::experiment::{Experiment, presets};
use hebb_core::layer::RuleChoice;
use hebb_core::network::LayerSpec;
use hebb_core::plan::Output;

pub(super) const TABLE: Table = Table {
    name: "miconi2021",
    about: "Miconi 2021 (arXiv 2107.01729): rules and interventions, decoded after each of three layers, on CIFAR-10",
    rows,
    chart: super::plot::by_layer,
    by_epoch: &[],
};

const RULES: [&str; 3] = ["hebb", "instar", "oja"];

/// A name, whether activations are dense (the triangle), and whether layers 2 and 3 are pruned.
const INTERVENTIONS: [(&str, bool, bool); 4] = [
    ("neither", false, false),
    ("triangle", true, false),
    ("pruning", false, true),
    ("both", true, true),
];

/// Mean test accuracy of ten runs of the paper, instar with both interventions.
const PAPER: [f64; 3] = [58.56, 64.20, 64.55];

fn rows() -> Result<Vec<Row>> {
    let pairs = RULES.iter().flat_map(|rule| {
        INTERVENTIONS
            .iter()
            .map(move |intervention| (*rule, *intervention))
    });
    pairs
        .map(|(rule, intervention)| row(rule, intervention))
        .collect()
}

fn row(rule: &str, (name, dense, pruned): (&str, bool, bool)) -> Result<Row> {
    let base = presets::find("miconi2021")?.experiment(&["training.epochs=5".to_owned()])?;
    let published = (rule, name) == ("instar", "both");
    let changed = |layer: LayerSpec| change(layer, rule, dense, pruned);
    let layers = 1..=base.layers.len();
    let learned = layers.clone().map(|layer| Measure {
        figure: Figure::Layer(layer, "ridge"),
        paper: PAPER.get(layer - 1).copied().filter(|_| published),
    });
    let random = layers.map(|layer| Measure {
        figure: Figure::Control(layer, "ridge"),
        paper: None,
    });
    Ok(Row {
        name: format!("{rule}/{name}"),
        takes: None,
        measures: learned.chain(random).collect(),
        experiment: Experiment {
            name: format!("miconi2021-{rule}-{name}"),
            description: format!("Miconi 2021, rule {rule}, interventions: {name}"),
            layers: base.layers.into_iter().map(changed).collect(),
            ..base
        },
    })
}

fn change(layer: LayerSpec, rule: &str, dense: bool, pruned: bool) -> LayerSpec {
    let LayerSpec::Hebb(mut config) = layer else {
        return layer;
    };
    config.rule = RuleChoice::named(rule);
    if !dense {
        config.output = Output::Competition;
    }
    if !pruned {
        config.prune = 0.0;
    }
    LayerSpec::Hebb(config)
}
