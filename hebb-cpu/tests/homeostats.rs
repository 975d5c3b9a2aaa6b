//! Homeostats give the same bits for any number of threads.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use hebb_core::Seed;
use hebb_core::backend::buffer_of;
use hebb_core::geometry::ImageShape;
use hebb_core::layer::{
    Conscience, HebbLayer, Input, LayerConfig, Learning, Reseed, SynapticScaling, Tensors, Thresholds,
};
use hebb_core::plan::{Competition, Output, Reduction};
use hebb_cpu::CpuBackend;
use support::random;

const SHAPE: ImageShape = ImageShape::new(3, 11, 9);
const IMAGES: usize = 13;

/// A layer as it is without a homeostat.
fn plain(layer: LayerConfig, competition: Competition) -> LayerConfig {
    LayerConfig {
        competition: Some(competition),
        reduction: Some(Reduction::Mean),
        learning_rate: 0.1.into(),
        output: Output::Relu,
        ..layer
    }
}

/// Adds a homeostat to a layer.
type Add = fn(&mut LayerConfig);

/// The homeostats that go together, by name.
const TOGETHER: [(&str, Add); 4] = [
    ("conscience", |layer| {
        layer.conscience = Some(Conscience {
            rate: 0.3,
            strength: 2.0,
        });
    }),
    ("random abstention", |layer| layer.random_abstention = true),
    ("synaptic scaling", |layer| {
        layer.synaptic_scaling = Some(SynapticScaling {
            rate: 0.1,
            target: 0.05,
        });
    }),
    ("reseed", |layer| layer.reseed = Some(Reseed { patience: 1 })),
];

const THRESHOLDS: Add = |layer| {
    layer.thresholds = Some(Thresholds {
        rate: 0.5,
        target: None,
    });
};

/// The layer with each homeostat, and with all that go together.
fn homeostats(plain: &LayerConfig) -> Vec<(&'static str, LayerConfig)> {
    let with = |add: Add| {
        let mut layer = plain.clone();
        add(&mut layer);
        layer
    };
    let mut homeostats = Vec::from(TOGETHER.map(|(name, add)| (name, with(add))));
    let all: Add = |layer| TOGETHER.iter().for_each(|(_, add)| add(layer));
    homeostats.push(("all", with(all)));
    if !plain.competition.unwrap().shares_activity() {
        homeostats.push(("thresholds", with(THRESHOLDS)));
    }
    homeostats
}

/// Everything that the layer keeps after some batches, and its last output.
fn trained(config: &LayerConfig, threads: usize) -> (Tensors, Vec<f32>) {
    let backend = CpuBackend::with_threads(threads).unwrap();
    let mut layer = HebbLayer::new(&backend, config.clone(), SHAPE, Seed::new(5), 0).unwrap();
    for batch in 0..5 {
        let values = buffer_of(&backend, &random(IMAGES * SHAPE.len(), batch)).unwrap();
        let input = Input {
            images: IMAGES,
            values: &values,
            teacher: None,
        };
        layer.process(&backend, &input, Learning::ALL).unwrap();
    }
    (layer.tensors(&backend).unwrap(), layer.output().clone())
}

fn bits((tensors, output): &(Tensors, Vec<f32>)) -> Vec<u32> {
    let kept = tensors.values().flatten();
    kept.chain(output).map(|value| value.to_bits()).collect()
}

#[test]
fn homeostats_give_the_same_bits_for_any_number_of_threads() {
    let competitions = [
        Competition::HardWta,
        Competition::k_wta(2),
        Competition::SoftWta { beta: 3.0 },
    ];
    for competition in competitions {
        for layer in [LayerConfig::conv(24, 3), LayerConfig::dense(40)] {
            let plain = plain(layer, competition);
            for (name, config) in homeostats(&plain) {
                let one = trained(&config, 1);
                for threads in [2, 3] {
                    let same = bits(&one) == bits(&trained(&config, threads));
                    assert!(same, "{name}, {competition:?}, {threads} threads");
                }
            }
        }
    }
}

/// Else the claim above would be about nothing.
#[test]
fn every_homeostat_moves_the_weights() {
    let plain = plain(LayerConfig::dense(40), Competition::HardWta);
    let weights = |config: &LayerConfig| trained(config, 1).0["weight"].clone();
    let still = weights(&plain);
    for (name, config) in homeostats(&plain) {
        assert_ne!(weights(&config), still, "{name}");
    }
}
