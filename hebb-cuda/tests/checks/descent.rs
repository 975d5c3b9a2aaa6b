//! Gradient descent: every operation of a stack, both optimizers, and layers above Hebbian ones.

use std::sync::Arc;

use hebb_core::backend::Backend;
use hebb_core::backprop::{CrossEntropy, Method, Mode, OpConfig, Optimizer, Stack, Totals};
use hebb_core::geometry::ImageShape;
use hebb_core::layer::LayerConfig;
use hebb_core::network::{LayerSpec, Network};
use hebb_core::plan::{Pool, PoolKind};
use hebb_core::source::Batch;
use hebb_core::{RefBackend, Seed};
use hebb_cuda::CudaBackend;
use ndarray::{Array4, ArrayD};

use super::assert_near;

const INPUT: ImageShape = ImageShape::new(2, 9, 8);
const LABELS: [u16; 3] = [0, 3, 1];
const CLASSES: usize = 4;

const SGD: Method = Method::Sgd {
    momentum: 0.9,
    nesterov: true,
    weight_decay: 0.01,
};

/// Every operation.
fn operations() -> Vec<OpConfig> {
    let padded = OpConfig::Conv {
        units: 5,
        kernel: 3,
        stride: 2,
        padding: 1,
        bias: false,
    };
    let overlapping = Pool {
        kind: PoolKind::Max,
        size: 3,
        stride: 2,
        padding: 1,
    };
    vec![
        OpConfig::conv(6, 2),
        OpConfig::batch_norm(),
        OpConfig::Relu,
        OpConfig::Pool(overlapping),
        padded,
        OpConfig::Relu,
        OpConfig::Pool(Pool::tiled(PoolKind::Average, 2)),
        OpConfig::Dropout { rate: 0.3 },
        OpConfig::dense(CLASSES),
    ]
}

struct Training<B: Backend> {
    backend: B,
    stack: Stack<B>,
    optimizer: Optimizer,
    entropy: CrossEntropy<B>,
    input: B::Buffer,
}

impl<B: Backend> Training<B> {
    fn new(backend: B, operations: &[OpConfig], method: Method) -> Self {
        Self {
            stack: Stack::new(&backend, INPUT, operations, Seed::new(3), 0).unwrap(),
            optimizer: Optimizer::new(method, 0.05).unwrap(),
            entropy: CrossEntropy::new(&backend, CLASSES).unwrap(),
            input: backend.zeros(LABELS.len() * INPUT.len()).unwrap(),
            backend,
        }
    }

    fn step(&mut self) {
        let Self {
            backend,
            stack,
            optimizer,
            entropy,
            input,
        } = self;
        let images: Vec<f32> = (0..LABELS.len() * INPUT.len())
            .map(|i| (i * 37 % 101) as f32 / 50.0 - 1.0)
            .collect();
        backend.upload(&images, input).unwrap();
        let logits = stack.forward(backend, LABELS.len(), input, Mode::Train).unwrap();
        let gradient = entropy.gradient(backend, logits, &LABELS).unwrap();
        stack.backward(backend, LABELS.len(), input, gradient).unwrap();
        stack.step(backend, optimizer).unwrap();
    }

    /// Everything that is kept after so many steps, and what the losses added up to.
    fn after(mut self, steps: usize) -> (Vec<(String, Vec<f32>)>, Totals) {
        (0..steps).for_each(|_| self.step());
        let tensors = self.stack.tensors(&self.backend).unwrap().into_iter();
        let kept = tensors.map(|(name, array)| (name, array.iter().copied().collect()));
        (kept.collect(), self.entropy.take_totals(&self.backend).unwrap())
    }
}

/// Steps lead to the same parameters and losses as on the reference.
pub(crate) fn agree(backend: CudaBackend) {
    let (found, losses) = Training::new(backend, &operations(), SGD).after(3);
    let (expected, reference) = Training::new(RefBackend, &operations(), SGD).after(3);
    for ((name, found), (_, expected)) in found.iter().zip(&expected) {
        assert_near(name, found, expected);
    }
    assert_eq!(
        (losses.correct, losses.images),
        (reference.correct, reference.images)
    );
    assert!(
        (losses.mean - reference.mean).abs() < 1e-4,
        "{losses:?} {reference:?}"
    );
}

/// A step, `begin`, and as many steps more.
pub(crate) fn run(backend: CudaBackend, steps: usize, begin: impl FnOnce()) {
    let mut training = Training::new(backend, &operations(), Method::ADAM);
    training.step();
    begin();
    (0..steps).for_each(|_| training.step());
    training.backend.synchronize().unwrap();
}

/// A Hebbian layer, and a classifier of two stacks that descends the loss above it.
struct Hybrid<B: Backend> {
    network: Network<B>,
    optimizer: Optimizer,
}

impl<B: Backend> Hybrid<B> {
    fn new(backend: B) -> Self {
        let hidden = vec![OpConfig::conv(5, 2), OpConfig::batch_norm(), OpConfig::Relu];
        let classifier = vec![OpConfig::Dropout { rate: 0.5 }, OpConfig::dense(CLASSES)];
        let layers: [LayerSpec; 3] = [LayerConfig::conv(6, 3).into(), hidden.into(), classifier.into()];
        Self {
            network: Network::new(Arc::new(backend), INPUT, &layers, Seed::new(3)).unwrap(),
            optimizer: Optimizer::new(SGD, 0.05).unwrap(),
        }
    }

    fn descend(&mut self) {
        let shape = (LABELS.len(), INPUT.channels, INPUT.height, INPUT.width);
        let images = Array4::from_shape_fn(shape, |(b, c, i, j)| {
            ((b + 3 * c + 5 * i + 7 * j) % 11) as f32 / 5.0 - 1.0
        });
        let batch = Batch {
            images: images.view(),
            labels: &LABELS,
        };
        self.network.backprop_step(batch, 1, &mut self.optimizer).unwrap();
    }
}

/// A network that descends through several layers goes as on the reference.
pub(crate) fn networks_agree(backend: CudaBackend) {
    let (mut found, mut expected) = (Hybrid::new(backend), Hybrid::new(RefBackend));
    for _ in 0..2 {
        found.descend();
        expected.descend();
    }
    let [loss, reference] = [
        found.network.take_loss().unwrap(),
        expected.network.take_loss().unwrap(),
    ];
    assert_eq!((loss.correct, loss.images), (reference.correct, reference.images));
    assert!(
        (loss.mean - reference.mean).abs() < 1e-4,
        "{loss:?} {reference:?}"
    );
    let flat = |array: &ArrayD<f32>| array.iter().copied().collect::<Vec<f32>>();
    let expected = expected.network.tensors().unwrap();
    for (name, array) in &found.network.tensors().unwrap() {
        assert_near(name, &flat(array), &flat(&expected[name]));
    }
}

/// A step of such a network, `begin`, as many steps more, `end`, and what the losses added up to.
pub(crate) fn run_network(
    backend: CudaBackend,
    steps: usize,
    begin: impl FnOnce(),
    end: impl FnOnce(),
) -> Totals {
    let mut hybrid = Hybrid::new(backend);
    hybrid.descend();
    begin();
    (0..steps).for_each(|_| hybrid.descend());
    hybrid.network.backend().synchronize().unwrap();
    end();
    hybrid.network.take_loss().unwrap()
}
