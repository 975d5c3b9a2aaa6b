use super::*;
use crate::backend::{buffer_of, host_of};
use crate::geometry::{ConvGeometry, ImageShape, PaddingMode, Window};
use crate::plan::{Pool, PoolKind};
use crate::{Error, RefBackend, Seed};
use ndarray::ArrayD;
use proptest::prelude::*;
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

/// Every parameter's gradient against central differences of the loss, relative to the largest of its array.
fn check_gradients(ops: &[OpConfig], mode: Mode) {
    let mut stack = stack(ops);
    let input = values(IMAGES * 60, 1);
    // A pass in training moves batch norm's running moments away from their start.
    loss(&mut stack, &input, Mode::Train);
    let here = loss(&mut stack, &input, mode);
    stack
        .backward(&RefBackend, IMAGES, &input, &here.gradient)
        .unwrap();
    let (mut checked, mut kinks) = (0, 0);
    for (op, config) in ops.iter().enumerate() {
        for which in 0..stack.ops[op].parameters().len() {
            let (analytic, values) = {
                let parameter = &stack.ops[op].parameters()[which];
                (parameter.gradient.clone(), parameter.value.clone())
            };
            let scale = analytic
                .iter()
                .fold(1e-3f64, |most, value| most.max(f64::from(value.abs())));
            for at in (0..values.len()).step_by(values.len() / 12 + 1) {
                let mut shifted = |by: f32| {
                    let mut moved = values.clone();
                    moved[at] += by;
                    stack.ops[op].parameters()[which].value = moved;
                    loss(&mut stack, &input, mode).mean
                };
                let [right, left] = [2e-3, -2e-3].map(|by| (shifted(by) - here.mean) / f64::from(by));
                shifted(0.0);
                // Where the slopes differ, a maximum or a ReLU changes its mind in between.
                if (right - left).abs() > 0.05 * scale {
                    kinks += 1;
                    continue;
                }
                checked += 1;
                let (numeric, analytic) = (0.5 * (right + left), f64::from(analytic[at]));
                let gap = (numeric - analytic).abs() / scale;
                assert!(gap < 1e-2, "{config:?}, value {at}: {numeric} and {analytic}");
            }
        }
    }
    assert!(kinks * 4 < checked, "{kinks} kinks, {checked} values checked");
}

fn max_pool(size: usize, stride: usize) -> OpConfig {
    OpConfig::Pool(Pool {
        kind: PoolKind::Max,
        size,
        stride,
        padding: 0,
    })
}

#[test]
fn gradients_are_those_of_central_differences() {
    let average = OpConfig::Pool(Pool {
        kind: PoolKind::Average,
        size: 3,
        stride: 2,
        padding: 1,
    });
    let strided = OpConfig::Conv {
        units: 4,
        kernel: 3,
        stride: 2,
        padding: 1,
        bias: true,
    };
    let frozen_affine = OpConfig::BatchNorm {
        momentum: 0.3,
        affine: false,
    };
    let stacks: [&[OpConfig]; 4] = [
        &[OpConfig::dense(CLASSES)],
        &[
            strided,
            OpConfig::Relu,
            OpConfig::batch_norm(),
            OpConfig::dense(CLASSES),
        ],
        &[
            OpConfig::conv(5, 2),
            frozen_affine,
            max_pool(2, 1),
            average,
            OpConfig::dense(CLASSES),
        ],
        &[
            OpConfig::conv(4, 3),
            OpConfig::batch_norm(),
            OpConfig::Relu,
            max_pool(2, 2),
            OpConfig::dense(6),
            OpConfig::batch_norm(),
            OpConfig::Dense {
                units: CLASSES,
                bias: false,
            },
        ],
    ];
    for ops in stacks {
        check_gradients(ops, Mode::Train);
        check_gradients(ops, Mode::Evaluate);
    }
}

proptest! {
    /// ⟨im2col x, g⟩ = ⟨x, col2im g⟩ defines the adjoint.
    #[test]
    fn col2im_is_the_adjoint_of_im2col(
        (channels, height, width) in (1..4usize, 3..8usize, 3..8usize),
        (kernel, stride, dilation, padding) in (1..4usize, 1..5usize, 1..3usize, 0..3usize),
        reflect: bool,
        seed: u64,
    ) {
        let mode = if reflect { PaddingMode::Reflect } else { PaddingMode::Zero };
        let shape = ImageShape::new(channels, height, width);
        let window = Window {
            kernel: [kernel, (kernel + 1).min(width)],
            stride: [stride, 1],
            dilation: [dilation, 1],
            padding: [padding; 2],
            mode,
        };
        let Ok(conv) = ConvGeometry::new(shape, window) else { return Ok(()) };
        let (len, patches) = (2 * shape.len(), 2 * conv.positions() * conv.patch_len());
        let (x, g) = (values(len, seed), values(patches, seed ^ 1));
        let (mut forward, mut backward) = (vec![0.0; patches], vec![f32::NAN; len]);
        RefBackend.im2col(&conv, 2, &x, &mut forward).unwrap();
        RefBackend.col2im(&conv, 2, &g, &mut backward).unwrap();
        let gap = dot(&forward, &g) - dot(&x, &backward);
        prop_assert!(gap.abs() < 1e-6 * patches as f64, "{gap}");
    }

    /// Pooling is piecewise linear: ⟨pool x, g⟩ = ⟨x, the gradient⟩ wherever no two values of a window are equal.
    #[test]
    fn pooling_gives_the_same_to_the_bit_in_the_stack_before_it_and_in_its_own(
        before in prop_oneof![Just(OpConfig::Relu), Just(OpConfig::batch_norm())],
        values in prop::collection::vec(-2..3i8, IMAGES * 60),
        upstream in prop::collection::vec(-1.0..1.0f32, IMAGES * 12),
        kind in prop_oneof![Just(PoolKind::Max), Just(PoolKind::Average)],
        ((size, stride), padding) in (prop_oneof![Just((2, 2)), Just((3, 2))], 0..2usize),
    ) {
        let pool = OpConfig::Pool(Pool { kind, size, stride, padding });
        let input: Vec<f32> = values.into_iter().map(f32::from).collect();
        let mut together = stack(&[before, pool]);
        let mut first = stack(&[before]);
        let mut pool = Stack::new(&RefBackend, first.output_shape(), &[pool], Seed::new(4), 0).unwrap();
        let len = IMAGES * together.output_shape().len();
        let upstream: Vec<f32> = upstream.into_iter().cycle().take(len).collect();

        let found = together.forward(&RefBackend, IMAGES, &input, Mode::Train).unwrap()[..len].to_vec();
        let between = first.forward(&RefBackend, IMAGES, &input, Mode::Train).unwrap().clone();
        let expected = &pool.forward(&RefBackend, IMAGES, &between, Mode::Train).unwrap()[..len];
        prop_assert_eq!(found, expected);

        let found = together.backward_through(&RefBackend, IMAGES, &input, &upstream).unwrap().clone();
        let down = pool.backward_through(&RefBackend, IMAGES, &between, &upstream).unwrap().clone();
        let expected = first.backward_through(&RefBackend, IMAGES, &input, &down).unwrap();
        prop_assert_eq!(&found[..input.len()], &expected[..input.len()]);
    }

    #[test]
    fn the_gradient_of_pooling_gives_its_value_back(
        (channels, height, width) in (1..4usize, 3..8usize, 3..8usize),
        (size, stride, padding) in (1..4usize, 1..4usize, 0..2usize),
        average: bool,
        seed: u64,
    ) {
        let kind = if average { PoolKind::Average } else { PoolKind::Max };
        let pool = Pool { kind, size, stride, padding };
        let shape = ImageShape::new(channels, height, width);
        let Ok(pooled) = pool.output(shape) else { return Ok(()) };
        let (x, g) = (values(2 * shape.len(), seed), values(2 * pooled.len(), seed ^ 1));
        let (mut forward, mut backward) = (vec![0.0; g.len()], vec![f32::NAN; x.len()]);
        RefBackend.pool(&pool, 2, shape, &x, &mut forward).unwrap();
        RefBackend.pool_backward(&pool, 2, shape, &x, &g, &mut backward).unwrap();
        let gap = dot(&forward, &g) - dot(&x, &backward);
        prop_assert!(gap.abs() < 1e-6 * g.len() as f64, "{gap}");
    }
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

#[test]
fn equal_maxima_pass_their_gradient_to_the_first() {
    let pool = Pool::tiled(PoolKind::Max, 2);
    let mut gradient = vec![f32::NAN; 4];
    let shape = ImageShape::new(1, 2, 2);
    RefBackend
        .pool_backward(
            &pool,
            1,
            shape,
            &vec![1.0, 3.0, 3.0, 3.0],
            &vec![5.0],
            &mut gradient,
        )
        .unwrap();
    assert_eq!(gradient, [0.0, 5.0, 0.0, 0.0]);
}

/// The recursions of PyTorch's documentation, written out for one weight in f64.
fn expected(method: Method, gradients: &[f64], rate: f64) -> f64 {
    let (mut w, mut first, mut second) = (0.5f64, 0.0f64, 0.0f64);
    for (step, gradient) in gradients.iter().enumerate() {
        match method {
            Method::Sgd {
                momentum,
                nesterov,
                weight_decay,
            } => {
                let g = gradient + f64::from(weight_decay) * w;
                first = f64::from(momentum) * first + g;
                w -= rate
                    * if nesterov {
                        g + f64::from(momentum) * first
                    } else {
                        first
                    };
            }
            Method::Adam {
                beta1,
                beta2,
                epsilon,
                weight_decay,
            } => {
                let [beta1, beta2, epsilon] = [beta1, beta2, epsilon].map(f64::from);
                let g = gradient + f64::from(weight_decay) * w;
                first = beta1 * first + (1.0 - beta1) * g;
                second = beta2 * second + (1.0 - beta2) * g * g;
                let t = step as i32 + 1;
                let mean = first / (1.0 - beta1.powi(t));
                w -= rate * mean / ((second / (1.0 - beta2.powi(t))).sqrt() + epsilon);
            }
        }
    }
    w
}

#[test]
fn optimizers_follow_their_published_recursions() {
    let sgd = |momentum, nesterov, weight_decay| Method::Sgd {
        momentum,
        nesterov,
        weight_decay,
    };
    let adam = Method::Adam {
        beta1: 0.8,
        beta2: 0.99,
        epsilon: 1e-3,
        weight_decay: 0.2,
    };
    let gradients = [0.3, -0.7, 0.2, 0.9];
    for method in [
        sgd(0.0, false, 0.0),
        sgd(0.9, false, 0.1),
        sgd(0.9, true, 0.1),
        Method::ADAM,
        adam,
    ] {
        let mut optimizer = Optimizer::new(method, 0.1).unwrap();
        let mut weight = Parameter::new(&RefBackend, &[0.5]).unwrap();
        for gradient in gradients {
            weight.gradient = vec![gradient as f32];
            optimizer.step(&RefBackend, std::iter::once(&mut weight)).unwrap();
        }
        let gap = f64::from(weight.value[0]) - expected(method, &gradients, 0.1);
        assert!(gap.abs() < 1e-6, "{method:?}: {gap}");
        assert_eq!(optimizer.steps(), 4);
    }
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
fn a_rate_that_falls_does_so_as_multi_step_lr() {
    let falls = StepDecay {
        at: vec![2, 5, 5],
        factor: 0.1,
    };
    let mut descent = Descent {
        falls: Some(falls),
        ..Descent::default()
    };
    descent.check().unwrap();
    // What PyTorch's MultiStepLR(milestones=[2, 5, 5], gamma=0.1) gives epoch by epoch.
    let expected = [1e-3, 1e-3, 1e-4, 1e-4, 1e-4, 1e-6, 1e-6];
    for (epoch, expected) in expected.into_iter().enumerate() {
        let rate = descent.rate(epoch as u64);
        assert!((rate / expected - 1.0).abs() < 1e-6, "{epoch}: {rate}");
    }
    descent.falls = Some(StepDecay {
        at: vec![1],
        factor: 0.0,
    });
    assert!(descent.check().unwrap_err().to_string().contains("factor = 0"));
    descent = Descent {
        rate: f32::NAN,
        ..Descent::default()
    };
    assert!(descent.check().is_err());
}

#[test]
fn a_stack_that_forgets_learns_as_a_new_one() {
    let input = values(IMAGES * 60, 1);
    let ops = [OpConfig::dense(CLASSES)];
    let learn = |stack: &mut Stack<_>, optimizer: &mut Optimizer| {
        for _ in 0..3 {
            let gradient = loss(stack, &input, Mode::Train).gradient;
            stack.backward(&RefBackend, IMAGES, &input, &gradient).unwrap();
            stack.step(&RefBackend, optimizer).unwrap();
        }
        stack.tensors(&RefBackend).unwrap()
    };
    let optimizer = || Descent::default().optimizer().unwrap();
    let mut once = stack(&ops);
    let start = learn(&mut once, &mut optimizer());
    let mut fresh = stack(&ops);
    fresh.restore(&RefBackend, &start).unwrap();
    let expected = learn(&mut fresh, &mut optimizer());
    once.reset_optimizer(&RefBackend).unwrap();
    assert_eq!(learn(&mut once, &mut optimizer()), expected);
    // With a rate of zero nothing moves any more.
    let mut still = optimizer();
    still.set_rate(0.0).unwrap();
    assert_eq!(learn(&mut once, &mut still), expected);
    assert!(still.set_rate(-1.0).is_err());
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
