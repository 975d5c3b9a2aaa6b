//! Gradient descent: every operation of a stack, both optimizers, the loss on the device.

use hebb_core::backend::Backend;
use hebb_core::backprop::{CrossEntropy, Method, Mode, OpConfig, Optimizer, Stack, Totals};
use hebb_core::geometry::ImageShape;
use hebb_core::plan::{Pool, PoolKind};
use hebb_core::{RefBackend, Seed};
use hebb_cuda::CudaBackend;

use super::assert_near;

const INPUT: ImageShape = ImageShape::new(2, 9, 8);
const LABELS: [u16; 3] = [0, 3, 1];
const CLASSES: usize = 4;

const SGD: Method = Method::Sgd {
    momentum: 0.9,
    nesterov: true,
    weight_decay: 0.01,
};

/// Every operation but dropout, whose mask is drawn on the host, and batch norm, which asks the host for its moments.
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
        OpConfig::Relu,
        OpConfig::Pool(overlapping),
        padded,
        OpConfig::Relu,
        OpConfig::Pool(Pool::tiled(PoolKind::Average, 2)),
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

/// Steps lead to the same parameters and losses as on the reference, dropout and the mean of pooled values included.
pub(crate) fn agree(backend: CudaBackend) {
    let mut operations = operations();
    operations.insert(6, OpConfig::Dropout { rate: 0.3 });
    operations.insert(1, OpConfig::batch_norm());
    let (found, losses) = Training::new(backend, &operations, SGD).after(3);
    let (expected, reference) = Training::new(RefBackend, &operations, SGD).after(3);
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
