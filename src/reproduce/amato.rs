//! Amato et al. 2019 and the thesis behind it: the 84 configurations, their networks block by block.
//!
//! The authors' code settles what the published table leaves open: the table's `hebb/g1_3h4_6` is the network of `hebb/top3` on
//! the layers of `gdes/config_3l`, and hidden Hebbian layers receive a teacher signal. With it only the units of an image's
//! class compete, and those that belong to no class; the first layer and those of `triplefc` have no teacher.
//!
//! Two things differ from the authors' code: validation images are drawn at random instead of being the last 10,000; and in
//! rows with `bw` hidden layers receive the same teacher signal, where the authors multiply scores by the weights of the layer
//! above.

mod blocks;

use super::comparison::Comparison;
use super::plot::{Chart, by_number};
use super::table::{Figure, Measure, Row, Table};
use crate::experiment::{DataConfig, Experiment, Phases, ReadoutConfig};
use crate::{Error, Result};
use blocks::BlockNetwork;
use hebb_core::backprop::{Descent, Method, StepDecay};
use hebb_core::network::LayerSpec;
use hebb_core::train::{Keep, TrainConfig};
use hebb_data::TransformSpec;
use hebb_data::transform::{StandardizeChannelsSpec, ZcaSpec};

pub(super) const TABLE: Table = Table {
    name: "amato2019",
    about: "Amato et al. 2019 (ICIAP): layers trained by SGD, by Hebbian winner-take-all, or part by each, on CIFAR-10",
    rows,
    chart,
    by_epoch: &[
        "gdes/config_1l",
        "gdes/config_base",
        "gdes/fc_on_gdes_conv4",
        "gdes/fc_on_hebb_conv1",
        "gdes/top1",
        "hebb/config_1l",
        "hebb/config_base",
        "hebb/fc_on_gdes_conv4",
    ],
};

const CSV: &str = include_str!("amato2019.csv");

/// Networks that the published table names but does not list, and the ones of the table that they are.
const SAME: [(&str, &str); 4] = [
    ("hebb/g1h2_6", "hebb/top1"),
    ("hebb/g1_2h3_6", "hebb/top2"),
    ("hebb/g1_3h4_6", "hebb/top3"),
    ("hebb/g1_4h5_6", "hebb/top4"),
];

/// A line of the published table.
#[derive(Clone, Debug)]
struct Config {
    name: String,
    network: BlockNetwork,
    /// The configuration whose first layers it takes, and their number.
    takes: Option<(String, usize)>,
    batch: usize,
    epochs: u64,
    /// 10,000 of the 50,000 training images are set aside.
    validates: bool,
    whitens: bool,
    augments: bool,
    /// Rate and L2 penalty of SGD; none for a Hebbian network.
    sgd: Option<(f32, f32)>,
    paper: f64,
}

/// Accuracy by the layer where one part ends and the other begins.
fn chart(lines: &[Comparison]) -> Chart {
    let kinds = [
        ("gdes/fc_on_gdes_conv", "SGD classifier on SGD layers"),
        ("gdes/fc_on_hebb_conv", "SGD classifier on Hebbian layers"),
        ("hebb/fc_on_gdes_conv", "Hebbian classifier on SGD layers"),
        ("gdes/top", "SGD above Hebbian layers"),
        ("hebb/top", "Hebbian above SGD layers"),
    ];
    by_number(lines, "layers below", |line| {
        let of = |(prefix, name): &(&str, &str)| {
            Some(((*name).to_owned(), line.row.strip_prefix(prefix)?.parse().ok()?))
        };
        kinds.iter().find_map(of)
    })
}

fn rows() -> Result<Vec<Row>> {
    let configs: Vec<Config> = CSV.lines().skip(1).map(Config::parse).collect::<Result<_>>()?;
    configs.iter().map(|config| config.row(&configs)).collect()
}

impl Config {
    /// From a line: family, name, network, pretrained, at, batch, epochs, train_images, whiten, augment, lr, l2, accuracy.
    fn parse(line: &str) -> Result<Self> {
        let bad = || Error::config("the table amato2019", format!("`{line}` is no line of it"));
        let fields: Vec<&str> = line.split(',').collect();
        let [
            family,
            name,
            network,
            from,
            at,
            batch,
            epochs,
            images,
            whiten,
            augment,
            rate,
            l2,
            paper,
        ] = fields[..]
        else {
            return Err(bad());
        };
        let number = |text: &str| text.parse::<f64>().map_err(|_| bad());
        let name = format!("{family}/{name}");
        let takes = match at.strip_prefix("bn") {
            Some(layers) => Some((source(&name, from).to_owned(), number(layers)? as usize)),
            None => None,
        };
        let sgd = match rate {
            "" => None,
            _ => Some((number(rate)? as f32, number(l2)? as f32)),
        };
        Ok(Self {
            name,
            network: BlockNetwork::parse(network).ok_or_else(bad)?,
            takes,
            batch: number(batch)? as usize,
            epochs: number(epochs)? as u64,
            validates: images != "50000",
            whitens: whiten == "true",
            augments: augment == "true",
            sgd,
            paper: number(paper)?,
        })
    }

    fn row(&self, all: &[Self]) -> Result<Row> {
        let layers = self.layers(all)?;
        let training = self.training(layers.len());
        let measure = Measure {
            figure: Figure::Output,
            paper: Some(self.paper),
        };
        Ok(Row {
            name: self.name.clone(),
            takes: self.takes.clone(),
            measures: vec![measure],
            experiment: Experiment {
                name: self.name.replace('/', "-"),
                description: format!("Amato et al. 2019, {}", self.name),
                seed: 0,
                data: self.data(),
                training: Phases::new(vec![training]),
                // The network's own output is measured, and nothing else.
                readout: ReadoutConfig {
                    classifiers: Vec::new(),
                    ..ReadoutConfig::default()
                },
                taken: Vec::new(),
                layers,
            }
            .spelled_out()?,
        })
    }

    /// The pretrained layers, as configured in their own row, then the row's own.
    fn layers(&self, all: &[Self]) -> Result<Vec<LayerSpec>> {
        let mut layers = Vec::new();
        if let Some((from, count)) = &self.takes {
            let from = all.iter().find(|config| config.name == *from);
            let from = from.ok_or_else(|| {
                let problem = "the configuration that its layers come from is not in the table";
                Error::config(&self.name, problem)
            })?;
            layers = from.layers(all)?;
            layers.truncate(*count);
        }
        layers.extend(self.network.layers());
        Ok(layers)
    }

    fn data(&self) -> DataConfig {
        let mut preprocess = vec![TransformSpec::StandardizeChannels(
            StandardizeChannelsSpec::default(),
        )];
        if self.whitens {
            preprocess.push(TransformSpec::Zca(ZcaSpec {
                epsilon: 0.1,
                ..ZcaSpec::default()
            }));
        }
        DataConfig {
            dataset: "cifar10".to_owned(),
            validation: if self.validates { 10_000 } else { 0 },
            limit: None,
            augment: if self.augments {
                blocks::augmentation()
            } else {
                Default::default()
            },
            preprocess,
        }
    }

    /// Its own layers learn; pretrained layers are frozen.
    fn training(&self, layers: usize) -> TrainConfig {
        let taken = self.takes.as_ref().map_or(0, |(_, count)| *count);
        TrainConfig {
            layers: Some((taken + 1..=layers).collect()),
            epochs: self.epochs,
            batch: self.batch,
            keep: if self.validates { Keep::Best } else { Keep::Last },
            backprop: self.sgd.map(|(rate, l2)| descent(rate, l2, self.epochs)),
            ..TrainConfig::default()
        }
    }
}

/// The configuration whose layers `name` takes, where the table says `from`.
fn source<'a>(name: &str, from: &'a str) -> &'a str {
    let from = match name {
        // What the table says is a file that the authors' code never reads.
        "gdes/g1h2g3_6" => "hebb/g1h2_6",
        _ => from,
    };
    let same = SAME.iter().find(|(named, _)| *named == from);
    same.map_or(from, |(_, same)| same)
}

/// SGD with Nesterov's momentum of 0.9; the rate is halved in each epoch from the tenth, and in runs of 100 epochs divided
/// by ten after 40, 70 and 90.
fn descent(rate: f32, weight_decay: f32, epochs: u64) -> Descent {
    let falls = match epochs {
        100 => StepDecay {
            at: vec![40, 70, 90],
            factor: 0.1,
        },
        _ => StepDecay {
            at: (10..epochs).collect(),
            factor: 0.5,
        },
    };
    Descent {
        optimizer: Method::Sgd {
            momentum: 0.9,
            nesterov: true,
            weight_decay,
        },
        rate,
        falls: Some(falls),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str) -> Row {
        rows().unwrap().into_iter().find(|row| row.name == name).unwrap()
    }

    #[test]
    fn all_84_configurations_are_there() {
        let rows = rows().unwrap();
        assert_eq!(rows.len(), 84);
        assert_eq!(row("gdes/config_base").measures[0].paper, Some(84.95));
    }

    #[test]
    fn a_hybrid_takes_the_hebbian_layers_above_those_that_sgd_trained_with_a_classifier_on_them() {
        let taken = |name: &str| row(name).takes;
        let from = |name: &str, layers| Some((name.to_owned(), layers));
        assert_eq!(taken("gdes/g1h2g3_6"), from("hebb/top1", 2));
        assert_eq!(taken("gdes/g1_3h4_5g6"), from("hebb/top3", 5));
        assert_eq!(taken("hebb/top3"), from("gdes/config_3l", 3));
    }

    #[test]
    fn a_teacher_says_which_units_of_hidden_hebbian_layers_compete() {
        let per_class = |name: &str| -> Vec<Option<usize>> {
            let layers = row(name).experiment.layers;
            layers.iter().map(|layer| layer.hebb()?.units_per_class).collect()
        };
        let hidden = [None, Some(8), Some(16), Some(24), Some(28), None];
        assert_eq!(per_class("hebb/config_base"), hidden);
        assert_eq!(
            per_class("hebb/top3"),
            [None, None, None, Some(24), Some(28), None]
        );
        assert_eq!(per_class("hebb/3fc_on_hebb_conv1"), [None; 4]);
    }

    #[test]
    fn a_hybrid_has_the_layers_that_its_name_says() {
        let kinds = |name: &str| -> String {
            let layers = row(name).experiment.layers;
            layers
                .iter()
                .map(|layer| if layer.is_backprop() { 'g' } else { 'h' })
                .collect()
        };
        for (name, expected) in [
            ("gdes/config_base", "gggggg"),
            ("hebb/config_base", "hhhhhh"),
            ("gdes/config_1l", "gg"),
            ("gdes/g1h2g3_6", "ghgggg"),
            ("gdes/g1_2h3g4_6", "gghggg"),
            ("gdes/g1_2h3_5g6", "gghhhg"),
            ("gdes/g1_4h5g6", "gggghg"),
            ("hebb/top4", "gggghh"),
            ("gdes/3fc_on_hebb_conv1", "hggg"),
        ] {
            assert_eq!(kinds(name), expected, "{name}");
        }
    }

    #[test]
    fn what_is_taken_stays_and_the_rest_learns() {
        let hybrid = row("gdes/g1_2h3g4_6").experiment;
        let phase = hybrid.training.iter().next().unwrap();
        assert_eq!(phase.layers.as_deref(), Some(&[4, 5, 6][..]));
        let descent = phase.backprop.as_ref().unwrap();
        assert_eq!(
            (descent.rate(9), descent.rate(10), descent.rate(11)),
            (1e-3, 5e-4, 2.5e-4)
        );
        let long = row("gdes/config_base_91").experiment;
        let phase = long.training.iter().next().unwrap();
        assert_eq!((long.data.validation, phase.keep), (0, Keep::Last));
    }
}
