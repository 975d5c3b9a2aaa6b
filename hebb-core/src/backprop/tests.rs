mod gradients;
mod optimizer;

use super::*;
use crate::backend::{buffer_of, host_of};
use crate::geometry::ImageShape;
use crate::{Error, RefBackend, Seed};
use ndarray::ArrayD;
use rand::RngExt;

const IMAGES: usize = 3;
const CLASSES: usize = 3;

fn values(len: usize, seed: u64) -> Vec<f32> {
    let mut stream = Seed::new(seed).stream("values", 0);
    (0..len).map(|_| stream.random_range(-1.0..1.0)).collect()
}

fn stack(ops: &[OpConfig]) -> Stack<RefBackend> {
    Stack::new(&RefBackend, ImageShape::new(2, 6, 5), ops, Seed::new(4), 0).unwrap()
}

/// The loss on fixed images, and its gradient with respect to the logits.
fn loss(stack: &mut Stack<RefBackend>, input: &Vec<f32>, mode: Mode) -> Loss {
    let logits = stack.forward(&RefBackend, IMAGES, input, mode).unwrap();
    let logits = host_of(&RefBackend, logits, IMAGES * CLASSES).unwrap();
    softmax_cross_entropy(&logits, CLASSES, &[0, 2, 1]).unwrap()
}

#[test]
fn numbers_out_of_range_are_named() {
    let method = Method::Sgd {
        momentum: 1.0,
        nesterov: true,
        weight_decay: 0.0,
    };
    let message = Optimizer::new(method, 0.1).unwrap_err().to_string();
    assert!(message.contains("momentum = 1"), "{message}");
    let refused = |op| {
        Stack::new(
            &RefBackend,
            ImageShape::new(1, 4, 4),
            &[OpConfig::Relu, op],
            Seed::new(0),
            0,
        )
    };
    for (op, part) in [
        (OpConfig::Dropout { rate: 1.0 }, "rate = 1"),
        (OpConfig::conv(0, 3), "units = 0"),
        (OpConfig::conv(1, 9), "covers 9"),
    ] {
        let message = refused(op).unwrap_err().to_string();
        assert!(message.contains("layer 2") && message.contains(part), "{message}");
    }
}

#[test]
fn the_loss_of_even_logits_is_the_logarithm_of_the_classes() {
    let loss = softmax_cross_entropy(&[0.0; 8], 4, &[1, 0]).unwrap();
    assert!((loss.mean - 4f64.ln()).abs() < 1e-12);
    assert_eq!(loss.correct, 1);
    assert!(loss.gradient.iter().sum::<f32>().abs() < 1e-6);
    let huge = softmax_cross_entropy(&[1e30, -1e30], 2, &[1]).unwrap();
    assert!(huge.mean.is_finite() && huge.gradient.iter().all(|value| value.is_finite()));
    assert!(softmax_cross_entropy(&[0.0; 4], 4, &[4]).is_err());
    assert!(softmax_cross_entropy(&[0.0; 3], 4, &[0]).is_err());
}

#[test]
fn dropout_keeps_the_mean_and_rests_at_evaluation() {
    let mut dropout = stack(&[OpConfig::Dropout { rate: 0.25 }]);
    let ones = vec![1.0; 60 * 100];
    let dropped = dropout
        .forward(&RefBackend, 100, &ones, Mode::Train)
        .unwrap()
        .clone();
    let kept = dropped.iter().filter(|value| **value != 0.0).count() as f64 / 6000.0;
    assert!((kept - 0.75).abs() < 0.03, "{kept}");
    assert!(dropped.iter().all(|value| *value == 0.0 || *value == 4.0 / 3.0));
    let untouched = dropout.forward(&RefBackend, 100, &ones, Mode::Evaluate).unwrap();
    assert_eq!(*untouched, ones);
}

#[test]
fn a_stack_restored_from_its_tensors_is_the_same_stack() {
    let ops = [
        OpConfig::conv(4, 3),
        OpConfig::batch_norm(),
        OpConfig::Relu,
        OpConfig::dense(CLASSES),
    ];
    let input = values(IMAGES * 60, 1);
    let mut trained = stack(&ops);
    let mut optimizer = Optimizer::new(Method::ADAM, 0.01).unwrap();
    for _ in 0..3 {
        let gradient = loss(&mut trained, &input, Mode::Train).gradient;
        trained.backward(&RefBackend, IMAGES, &input, &gradient).unwrap();
        trained.step(&RefBackend, &mut optimizer).unwrap();
    }
    let tensors = trained.tensors(&RefBackend).unwrap();
    let names: Vec<_> = tensors.keys().map(String::as_str).collect();
    let norm = ["1.bias", "1.running_mean", "1.running_var", "1.weight"];
    assert_eq!(
        names,
        [&["0.bias", "0.weight"], &norm[..], &["3.bias", "3.weight"]].concat()
    );
    assert_eq!(tensors["0.weight"].shape(), [4, 2, 3, 3]);
    let mut restored = Stack::new(&RefBackend, ImageShape::new(2, 6, 5), &ops, Seed::new(9), 1).unwrap();
    restored.restore(&RefBackend, &tensors).unwrap();
    let evaluate = |stack: &mut Stack<_>| loss(stack, &input, Mode::Evaluate);
    assert_eq!(evaluate(&mut restored), evaluate(&mut trained));
    let mut damaged = tensors;
    damaged.insert("3.bias".to_owned(), ArrayD::zeros(vec![7]));
    let error = restored.restore(&RefBackend, &damaged).unwrap_err();
    assert!(matches!(error, Error::Layer { layer: 4, .. }), "{error}");
}

#[test]
fn buffers_longer_than_the_batch_are_read_by_their_prefix() {
    let mut stack = stack(&[
        OpConfig::conv(4, 3),
        OpConfig::batch_norm(),
        OpConfig::dense(CLASSES),
    ]);
    let input = values(IMAGES * 60, 1);
    let mut run = |images: usize| {
        let logits = stack
            .forward(&RefBackend, images, &input, Mode::Evaluate)
            .unwrap();
        host_of(&RefBackend, logits, images * CLASSES).unwrap()
    };
    let small = run(1);
    assert_eq!(run(IMAGES)[..CLASSES], small);
    assert_eq!(run(1), small);
    let gradient = buffer_of(&RefBackend, &[0.1; CLASSES]).unwrap();
    stack.backward(&RefBackend, 1, &input, &gradient).unwrap();
}
