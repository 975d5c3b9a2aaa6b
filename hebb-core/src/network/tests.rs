//! Networks: training, backpropagation and state.

use super::*;
use crate::RefBackend;
use crate::backprop::{Descent, Method, OpConfig, Optimizer};
use crate::layer::{LayerConfig, Normalize};
use crate::plan::{Competition, Constraint, Pool, PoolKind};
use crate::source::{BatchSource, Order};
use crate::train::{Keep, Observer, Progress, Start, TrainConfig, train, train_from};
use ndarray::Array4;

const SHAPE: ImageShape = ImageShape::new(1, 6, 6);
const LABELS: [u16; 8] = [0, 1, 0, 1, 0, 1, 0, 1];

/// Stripes along rows or along columns.
fn stripes() -> Array4<f32> {
    Array4::from_shape_fn((8, 1, 6, 6), |(b, _, i, j)| {
        let along = if b % 2 == 0 { i } else { j };
        ((along + b / 2) % 3) as f32 - 1.0
    })
}

/// The stripes, or what was made of them.
struct Stripes(Array4<f32>);

impl BatchSource for Stripes {
    fn shape(&self) -> ImageShape {
        let (_, channels, height, width) = self.0.dim();
        ImageShape::new(channels, height, width)
    }
    fn images(&self) -> usize {
        LABELS.len()
    }
    fn classes(&self) -> usize {
        2
    }
    fn for_each(&mut self, _: Order, _: usize, each: &mut dyn FnMut(Batch<'_>) -> Result<()>) -> Result<()> {
        each(batch(&self.0))
    }
}

fn batch(images: &Array4<f32>) -> Batch<'_> {
    Batch {
        images: images.view(),
        labels: &LABELS,
    }
}

fn hebbian() -> LayerSpec {
    LayerConfig {
        competition: Some(Competition::HardWta),
        constraint: Some(Constraint::UnitNorm),
        pool: Some(Pool::tiled(PoolKind::Max, 2)),
        output_normalize: Normalize::BatchNorm { momentum: 0.1 },
        ..LayerConfig::conv(4, 3)
    }
    .into()
}

fn build(layers: &[LayerSpec]) -> Network<RefBackend> {
    Network::new(Arc::new(RefBackend), SHAPE, layers, Seed::new(1)).unwrap()
}

fn mixed() -> Network<RefBackend> {
    build(&[
        hebbian(),
        vec![OpConfig::dense(6), OpConfig::Relu].into(),
        vec![OpConfig::dense(2)].into(),
    ])
}

fn descent(epochs: u64) -> TrainConfig {
    let descent = Descent {
        rate: 0.1,
        ..Descent::default()
    };
    TrainConfig {
        epochs,
        backprop: Some(descent),
        ..TrainConfig::default()
    }
}

/// Losses, scores and tensors of the epochs.
#[derive(Default)]
struct EpochLog {
    losses: Vec<f64>,
    scores: Vec<f64>,
    tensors: Vec<crate::tensors::Tensors>,
}

impl Observer<RefBackend> for EpochLog {
    fn score(&mut self, _: &mut Network<RefBackend>, progress: Progress) -> Result<Option<f64>> {
        // The second epoch is the best, and the fourth as good.
        Ok(Some(f64::from(u8::from(progress.epoch % 2 == 1))))
    }
    fn epoch(
        &mut self,
        network: &mut Network<RefBackend>,
        progress: Progress,
        score: Option<f64>,
    ) -> Result<()> {
        self.losses.extend(progress.loss);
        self.scores.extend(score);
        self.tensors.push(network.tensors()?);
        Ok(())
    }
}

#[test]
fn a_phase_of_backprop_trains_the_layers_at_the_end_and_leaves_the_hebbian_ones() {
    let (mut network, mut log) = (mixed(), EpochLog::default());
    let before = network.tensors().unwrap();
    train(&mut network, &mut Stripes(stripes()), &descent(60), &mut log).unwrap();
    let after = network.tensors().unwrap();
    let differ = |layer: usize| {
        let prefix = format!("layers.{layer}.");
        before
            .iter()
            .filter(|(name, _)| name.starts_with(&prefix))
            .any(|(name, array)| after[name] != *array)
    };
    assert_eq!([0, 1, 2].map(differ), [false, true, true]);
    assert!(log.losses[59] < 0.1 * log.losses[0], "{:?}", log.losses);
    network.process(stripes().view(), &[Learning::NONE; 3]).unwrap();
    assert_eq!(network.predict().unwrap(), LABELS);
}

#[test]
fn the_gradient_passes_from_stack_to_stack_as_within_one() {
    let separate = [
        vec![OpConfig::conv(3, 3), OpConfig::Relu],
        vec![OpConfig::dense(2)],
    ];
    let whole = build(&[separate.concat().into()]).tensors().unwrap();
    let mut one = build(&[separate.concat().into()]);
    let mut two = build(&separate.map(LayerSpec::from));
    let renamed = |name: &str| match name.strip_prefix("layers.0.2") {
        Some(rest) => format!("layers.1.0{rest}"),
        None => name.to_owned(),
    };
    let rename = |tensors: crate::tensors::Tensors| -> crate::tensors::Tensors {
        let named = tensors.into_iter();
        named.map(|(name, array)| (renamed(&name), array)).collect()
    };
    two.restore(&rename(whole)).unwrap();
    let mut optimizers = [0.1, 0.1].map(|rate| Optimizer::new(Method::NESTEROV, rate).unwrap());
    for _ in 0..3 {
        one.backprop_step(batch(&stripes()), 0, &mut optimizers[0])
            .unwrap();
        two.backprop_step(batch(&stripes()), 0, &mut optimizers[1])
            .unwrap();
        assert_eq!(one.take_loss().unwrap(), two.take_loss().unwrap());
    }
    assert_eq!(rename(one.tensors().unwrap()), two.tensors().unwrap());
}

#[test]
fn what_frozen_layers_gave_trains_the_others_to_the_same_bits() {
    let mut whole = mixed();
    train(
        &mut whole,
        &mut Stripes(stripes()),
        &descent(5),
        &mut EpochLog::default(),
    )
    .unwrap();
    let mut from_kept = mixed();
    from_kept.process(stripes().view(), &[Learning::NONE]).unwrap();
    let mut kept = Stripes(from_kept.output(0).unwrap());
    let start = Start { input: 1, epoch: 0 };
    train_from(
        start,
        &mut from_kept,
        &mut kept,
        &descent(5),
        &mut EpochLog::default(),
    )
    .unwrap();
    assert_eq!(from_kept.tensors().unwrap(), whole.tensors().unwrap());
}

#[test]
fn images_mean_the_same_whichever_axis_lies_last() {
    let shape = ImageShape::new(3, 4, 5);
    let mut network = Network::new(
        Arc::new(RefBackend),
        shape,
        &[LayerConfig::conv(2, 3)],
        Seed::new(1),
    )
    .unwrap();
    let images = Array4::from_shape_fn((2, 3, 4, 5), |(b, c, i, j)| (b * 60 + c * 20 + i * 5 + j) as f32);
    let last = images
        .view()
        .permuted_axes([0, 2, 3, 1])
        .as_standard_layout()
        .into_owned();
    let outputs = [images.view(), last.view().permuted_axes([0, 3, 1, 2])].map(|images| {
        network.process(images, &[Learning::NONE]).unwrap();
        network.output(0).unwrap()
    });
    assert_eq!(outputs[0], outputs[1]);
    let given = network.output_channels_last(0).unwrap();
    assert_eq!(crate::tensors::channels_first(&given, 2, 2, 3), outputs[0]);
}

#[test]
fn the_first_of_the_best_epochs_is_kept() {
    let (mut network, mut log) = (mixed(), EpochLog::default());
    let config = TrainConfig {
        keep: Keep::Best,
        ..descent(5)
    };
    train(&mut network, &mut Stripes(stripes()), &config, &mut log).unwrap();
    assert_eq!(log.scores, [0.0, 1.0, 0.0, 1.0, 0.0]);
    assert_eq!(network.tensors().unwrap(), log.tensors[1]);
}

#[test]
fn hebbian_phases_leave_the_layers_of_backprop() {
    let mut network = mixed();
    let before = network.tensors().unwrap();
    train(
        &mut network,
        &mut Stripes(stripes()),
        &TrainConfig::default(),
        &mut EpochLog::default(),
    )
    .unwrap();
    let after = network.tensors().unwrap();
    assert_ne!(after["layers.0.weight"], before["layers.0.weight"]);
    assert_eq!(after["layers.1.0.weight"], before["layers.1.0.weight"]);
}

#[test]
fn a_layer_that_learns_otherwise_is_refused_by_its_number() {
    let mut source = Stripes(stripes());
    let mut refuse = |layers: &[usize], config: TrainConfig| {
        let layers = Some(layers.to_vec());
        let config = TrainConfig { layers, ..config };
        let refused = train(&mut mixed(), &mut source, &config, &mut EpochLog::default());
        refused.unwrap_err().to_string()
    };
    for (layers, config, expected) in [
        (
            &[2][..],
            TrainConfig::default(),
            "layers = 2 is out of range; it must be the number of a Hebbian layer",
        ),
        (
            &[1, 2, 3],
            descent(1),
            "layers = 1 is out of range; it must be the number of a backpropagation layer",
        ),
        (
            &[2],
            descent(1),
            "layers = 2 is out of range; it must be followed by all later layers",
        ),
        (
            &[4],
            descent(1),
            "layers = 4 is out of range; it must be from 1 to 3",
        ),
        (&[], TrainConfig::default(), "layers = 0"),
    ] {
        let message = refuse(layers, config);
        assert!(message.contains(expected), "{message}");
    }
    let mut optimizer = Optimizer::new(Method::ADAM, 0.1).unwrap();
    let message = mixed()
        .backprop_step(batch(&stripes()), 0, &mut optimizer)
        .unwrap_err();
    assert!(message.to_string().contains("layer 1"), "{message}");
}

#[test]
fn the_output_is_normalised_after_pooling_and_its_moments_are_kept() {
    let mut network = build(&[hebbian()]);
    network.process(stripes().view(), &[Learning::ALL]).unwrap();
    let output = network.output(0).unwrap();
    for channel in output.axis_iter(ndarray::Axis(1)) {
        let mean = channel.mean().unwrap();
        assert!(mean.abs() < 1e-5, "{mean}");
    }
    let mut restored = build(&[hebbian()]);
    restored.restore(&network.tensors().unwrap()).unwrap();
    let outputs = [&mut network, &mut restored].map(|network| {
        network.process(stripes().view(), &[Learning::NONE]).unwrap();
        network.output(0).unwrap()
    });
    assert_eq!(outputs[0], outputs[1]);
    assert_ne!(outputs[0], output);
}
