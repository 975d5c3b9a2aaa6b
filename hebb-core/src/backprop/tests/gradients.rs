//! Gradients against central differences and adjoints.

use super::*;
use crate::backend::{PatchMatrix, PoolBatch};
use crate::geometry::{ConvGeometry, PaddingMode, Window};
use crate::plan::{Pool, PoolKind};
use proptest::prelude::*;

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
        RefBackend.im2col(&PatchMatrix::new(conv, 2), &x, &mut forward).unwrap();
        RefBackend.col2im(&PatchMatrix::new(conv, 2), &g, &mut backward).unwrap();
        let gap = dot(&forward, &g) - dot(&x, &backward);
        prop_assert!(gap.abs() < 1e-6 * patches as f64, "{gap}");
    }

    /// Pooling is piecewise linear: ⟨pool x, g⟩ = ⟨x, the gradient⟩ wherever no two values of a window are equal.
    #[test]
    fn pooling_gives_the_same_to_the_bit_in_the_stack_before_it_and_in_its_own(
        before in prop_oneof![Just(OpConfig::Relu), Just(OpConfig::batch_norm())],
        values in prop::collection::vec(-2..3i8, IMAGES * 60),
        grad_output in prop::collection::vec(-1.0..1.0f32, IMAGES * 12),
        kind in prop_oneof![Just(PoolKind::Max), Just(PoolKind::Average)],
        ((size, stride), padding) in (prop_oneof![Just((2, 2)), Just((3, 2))], 0..2usize),
    ) {
        let pool = OpConfig::Pool(Pool { kind, size, stride, padding });
        let input: Vec<f32> = values.into_iter().map(f32::from).collect();
        let mut together = stack(&[before, pool]);
        let mut first = stack(&[before]);
        let mut pool = Stack::new(&RefBackend, first.output_shape(), &[pool], Seed::new(4), 0).unwrap();
        let len = IMAGES * together.output_shape().len();
        let grad_output: Vec<f32> = grad_output.into_iter().cycle().take(len).collect();

        let found = together.forward(&RefBackend, IMAGES, &input, Mode::Train).unwrap()[..len].to_vec();
        let between = first.forward(&RefBackend, IMAGES, &input, Mode::Train).unwrap().clone();
        let expected = &pool.forward(&RefBackend, IMAGES, &between, Mode::Train).unwrap()[..len];
        prop_assert_eq!(found, expected);

        let found = together.backward_through(&RefBackend, IMAGES, &input, &grad_output).unwrap().clone();
        let down = pool.backward_through(&RefBackend, IMAGES, &between, &grad_output).unwrap().clone();
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
        RefBackend.pool(&PoolBatch::new(pool, 2, shape).unwrap(), &x, &mut forward).unwrap();
        RefBackend.pool_backward(&PoolBatch::new(pool, 2, shape).unwrap(), &x, &g, &mut backward).unwrap();
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
            &PoolBatch::new(pool, 1, shape).unwrap(),
            &vec![1.0, 3.0, 3.0, 3.0],
            &vec![5.0],
            &mut gradient,
        )
        .unwrap();
    assert_eq!(gradient, [0.0, 5.0, 0.0, 0.0]);
}
