//! The gradients that a stack of operations leaves, against candle's, parameter by parameter.
//!
//! A stack computes in f32. Where every value is a short binary fraction nothing is rounded and the two must agree as f64
//! does; batch norm and the softmax, whose roots and exponentials have no such values, are granted roundings of f32.

use super::{TOLERANCE, difference, gradient};
use candle_core::{D, Device, Result, Tensor, Var};
use hebb_learn::core::backprop::{Method, Mode, OpConfig, Optimizer, Stack, softmax_cross_entropy};
use hebb_learn::core::geometry::ImageShape;
use hebb_learn::core::layer::Tensors;
use hebb_learn::core::plan::{Pool, PoolKind};
use hebb_learn::core::{RefBackend, Seed};
use rand::RngExt;
use std::collections::BTreeMap;

const INPUT: ImageShape = ImageShape::new(2, 6, 6);
const IMAGES: usize = 3;
const CLASSES: usize = 3;
const LABELS: [u16; IMAGES] = [0, 2, 1];

/// Tolerance of values computed in f32, as a share of the largest.
const ROUNDED: f64 = 1e-5;

type Variables = BTreeMap<String, Var>;

/// Random odd multiples of 1/`parts` between −1 and 1: nothing rounds, and no sum of products with even ones is zero.
fn fractions(len: usize, parts: i16, purpose: &str) -> Vec<f32> {
    let mut stream = Seed::new(1).stream(purpose, 0);
    let mut one = || f32::from(2 * stream.random_range(-parts / 2..parts / 2) + 1) / f32::from(parts);
    (0..len).map(|_| one()).collect()
}

fn stack(input: ImageShape, ops: &[OpConfig]) -> Stack<RefBackend> {
    Stack::new(&RefBackend, input, ops, Seed::new(4), 0).unwrap()
}

/// ∂loss/∂ every parameter of the last backward pass: what a step of rate one takes off.
fn gradients(stack: &mut Stack<RefBackend>) -> BTreeMap<String, Vec<f64>> {
    let sgd = Method::Sgd {
        momentum: 0.0,
        nesterov: false,
        weight_decay: 0.0,
    };
    let before = stack.tensors(&RefBackend).unwrap();
    stack
        .step(&RefBackend, &mut Optimizer::new(sgd, 1.0).unwrap())
        .unwrap();
    let after = stack.tensors(&RefBackend).unwrap();
    let moved = |(name, array): (String, ndarray::ArrayD<f32>)| {
        let steps = array
            .iter()
            .zip(&after[&name])
            .map(|(a, b)| f64::from(*a) - f64::from(*b));
        let steps = steps.collect();
        (name, steps)
    };
    before.into_iter().map(moved).collect()
}

fn variables(tensors: &Tensors) -> Result<Variables> {
    let variable = |(name, array): (&String, &ndarray::ArrayD<f32>)| {
        let values: Vec<f64> = array.iter().map(|value| f64::from(*value)).collect();
        Ok((
            name.clone(),
            Var::from_slice(&values, array.shape(), &Device::Cpu)?,
        ))
    };
    tensors.iter().map(variable).collect()
}

/// Values (B, H, W, C) as candle has them, (B, C, H, W).
fn channels_first(values: &[f32], shape: ImageShape) -> Result<Tensor> {
    let values: Vec<f64> = values.iter().map(|value| f64::from(*value)).collect();
    let dims = (
        values.len() / shape.len(),
        shape.height,
        shape.width,
        shape.channels,
    );
    Tensor::from_vec(values, dims, &Device::Cpu)?
        .permute((0, 3, 1, 2))?
        .contiguous()
}

/// The logits (B, N) by candle, which takes an image of as many channels as rows and columns for one of another layout.
fn logits(ops: &[OpConfig], variables: &Variables, input: &[f32], mode: Mode) -> Result<Tensor> {
    let (mut x, mut shape) = (channels_first(input, INPUT)?, INPUT);
    for (at, op) in ops.iter().enumerate() {
        let named = |name: &str| variables[&format!("{at}.{name}")].as_tensor();
        x = match *op {
            OpConfig::Conv { stride, padding, .. } => {
                shift(&x.conv2d(named("weight"), padding, stride, 1, 1)?, named("bias"))?
            }
            OpConfig::Dense { .. } => shift(&x.conv2d(named("weight"), 0, 1, 1, 1)?, named("bias"))?,
            OpConfig::Relu => x.relu()?,
            OpConfig::Pool(pool) => tiled(&x, pool)?,
            OpConfig::Dropout { .. } => (x * channels_first(&factors(at, op, shape), shape)?)?,
            OpConfig::BatchNorm { .. } => {
                let [mean, variance] = moments(&x, mode, [named("running_mean"), named("running_var")])?;
                let centred = x.broadcast_sub(&mean)?;
                let x = centred.broadcast_div(&variance.affine(1.0, 1e-5)?.sqrt()?)?;
                shift(&x.broadcast_mul(&per_channel(named("weight"))?)?, named("bias"))?
            }
        };
        shape = op.output(shape).unwrap();
    }
    x.flatten_from(1)
}

fn per_channel(values: &Tensor) -> Result<Tensor> {
    values.reshape((1, (), 1, 1))
}

fn shift(x: &Tensor, bias: &Tensor) -> Result<Tensor> {
    x.broadcast_add(&per_channel(bias)?)
}

/// Mean and variance of every channel: the batch's own in training, the running ones in evaluation.
fn moments(x: &Tensor, mode: Mode, running: [&Tensor; 2]) -> Result<[Tensor; 2]> {
    if mode == Mode::Evaluate {
        return Ok([per_channel(running[0])?, per_channel(running[1])?]);
    }
    let axes = (0, 2, 3);
    let mean = x.mean_keepdim(axes)?;
    let variance = x.broadcast_sub(&mean)?.sqr()?.mean_keepdim(axes)?;
    Ok([mean, variance])
}

/// Windows side by side, written as a reduction of axes: candle's own gradient of a maximum divides it by the window.
fn tiled(x: &Tensor, pool: Pool) -> Result<Tensor> {
    let (images, channels, height, width) = x.dims4()?;
    let (size, rows, columns) = (pool.size, height / pool.size, width / pool.size);
    let windows = x.reshape(&[images * channels, rows, size, columns, size][..])?;
    let windows = windows.permute([0, 1, 3, 2, 4])?.contiguous()?.flatten_from(3)?;
    let pooled = match pool.kind {
        PoolKind::Average => windows.mean(D::Minus1)?,
        PoolKind::Max => windows.max(D::Minus1)?,
    };
    pooled.reshape((images, channels, rows, columns))
}

/// The factors that dropout at this place draws: what a stack under the same seed makes of ones there.
fn factors(at: usize, dropout: &OpConfig, shape: ImageShape) -> Vec<f32> {
    let ops = [vec![OpConfig::Relu; at], vec![*dropout]].concat();
    let ones = vec![1.0; IMAGES * shape.len()];
    let mut twin = stack(shape, &ops);
    twin.forward(&RefBackend, IMAGES, &ones, Mode::Train)
        .unwrap()
        .clone()
}

/// Every parameter's gradient that differs from candle's by more than `tolerance`, under the name of the parameter.
fn differences(
    ops: &[OpConfig],
    stack: &mut Stack<RefBackend>,
    variables: &Variables,
    loss: &Tensor,
    tolerance: f64,
) -> Result<Vec<String>> {
    let (store, found) = (loss.backward()?, gradients(stack));
    let learned = variables.iter().filter(|(name, _)| !name.contains("running"));
    let wrong = learned.map(|(name, variable)| {
        let what = format!("{ops:?}: {name}");
        Ok(difference(
            &what,
            tolerance,
            &gradient(&store, variable)?,
            &found[name],
        ))
    });
    Ok(wrong.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

fn pool(kind: PoolKind) -> OpConfig {
    OpConfig::Pool(Pool::tiled(kind, 2))
}

#[test]
fn gradients_of_what_is_piecewise_linear_are_candles() {
    let strided = OpConfig::Conv {
        units: 4,
        kernel: 3,
        stride: 2,
        padding: 1,
        bias: true,
    };
    let (relu, dropout) = (OpConfig::Relu, OpConfig::Dropout { rate: 0.5 });
    let stacks: [&[OpConfig]; 4] = [
        &[OpConfig::dense(CLASSES)],
        &[strided, relu, OpConfig::dense(CLASSES)],
        &[
            OpConfig::conv(4, 3),
            pool(PoolKind::Average),
            relu,
            OpConfig::dense(CLASSES),
        ],
        &[
            OpConfig::conv(4, 3),
            pool(PoolKind::Max),
            dropout,
            OpConfig::dense(CLASSES),
        ],
    ];
    for ops in stacks {
        let mut stack = stack(INPUT, ops);
        let mut tensors = stack.tensors(&RefBackend).unwrap();
        for (name, array) in &mut tensors {
            let parts = if name.ends_with("bias") { 128 } else { 16 };
            let values = fractions(array.len(), parts, name);
            array
                .iter_mut()
                .zip(values)
                .for_each(|(value, drawn)| *value = drawn);
        }
        stack.restore(&RefBackend, &tensors).unwrap();
        let (input, grad_output) = (
            fractions(IMAGES * INPUT.len(), 32, "images"),
            fractions(IMAGES * CLASSES, 8, "upstream"),
        );
        stack.forward(&RefBackend, IMAGES, &input, Mode::Train).unwrap();
        stack.backward(&RefBackend, IMAGES, &input, &grad_output).unwrap();
        let variables = variables(&tensors).unwrap();
        let grad_output = channels_first(&grad_output, ImageShape::new(CLASSES, 1, 1)).unwrap();
        let logits = logits(ops, &variables, &input, Mode::Train).unwrap();
        let loss = (logits * grad_output.flatten_from(1).unwrap())
            .unwrap()
            .sum_all()
            .unwrap();
        let wrong = differences(ops, &mut stack, &variables, &loss, TOLERANCE).unwrap();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// The mean over the images of ln Σ e^logit − the logit of the label.
fn cross_entropy(logits: &Tensor) -> Result<Tensor> {
    let labels = LABELS.map(u32::from);
    let labels = Tensor::new(&labels, &Device::Cpu)?.unsqueeze(1)?;
    let surprise = logits.exp()?.sum_keepdim(1)?.log()? - logits.gather(&labels, 1)?;
    surprise?.mean_all()
}

#[test]
fn gradients_of_batch_norm_and_of_the_cross_entropy_are_candles() {
    let ops = [
        OpConfig::conv(3, 3),
        OpConfig::batch_norm(),
        OpConfig::Relu,
        OpConfig::dense(5),
        OpConfig::batch_norm(),
        OpConfig::dense(CLASSES),
    ];
    let input = fractions(IMAGES * INPUT.len(), 32, "images");
    for mode in [Mode::Train, Mode::Evaluate] {
        let mut stack = stack(INPUT, &ops);
        // A pass in training moves the running moments away from their start.
        stack.forward(&RefBackend, IMAGES, &input, Mode::Train).unwrap();
        let variables = variables(&stack.tensors(&RefBackend).unwrap()).unwrap();
        let made = stack.forward(&RefBackend, IMAGES, &input, mode).unwrap().clone();
        let own = softmax_cross_entropy(&made[..IMAGES * CLASSES], CLASSES, &LABELS).unwrap();
        stack
            .backward(&RefBackend, IMAGES, &input, &own.gradient)
            .unwrap();
        let loss = cross_entropy(&logits(&ops, &variables, &input, mode).unwrap()).unwrap();
        let mean: f64 = loss.to_scalar().unwrap();
        assert!(
            (mean - own.mean).abs() < ROUNDED,
            "{mode:?}: {mean}, not {}",
            own.mean
        );
        let wrong = differences(&ops, &mut stack, &variables, &loss, ROUNDED).unwrap();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
