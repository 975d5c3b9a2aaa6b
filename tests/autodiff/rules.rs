//! For every rule three updates must be one: the closed form, summed over patches; minus the gradient of the rule's own
//! surrogate, each weight a variable of candle; and minus the gradient of the master form's loss over a convolution.

use super::batch::{PatchBatch, batches};
use super::traced::Traced;
use super::{TOLERANCE, difference, gradient};
use candle_core::{DType, Device, Result, Tensor, Var};
use hebb_learn::core::rule::{Decay, Lowering, Outer, Params, Rule};
use hebb_learn::core::rules::{Visitor, visit};
use hebb_learn::core::testing::{closed_form, strategies};
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, TestRunner};

/// Cases of each rule unless the environment variable `PROPTEST_CASES` says otherwise.
const CASES: u32 = 24;

#[test]
fn every_surrogate_is_the_update_as_a_convolution() {
    let mut rules = EveryRule(Vec::new());
    visit(&mut rules);
    assert!(rules.0.is_empty(), "{}", rules.0.join("\n"));
}

/// Faults found.
struct EveryRule(Vec<String>);

impl Visitor for EveryRule {
    fn visit<R: Rule>(&mut self) {
        let persistence = FileFailurePersistence::Direct("tests/proptest-regressions.txt");
        let mut config = Config {
            failure_persistence: Some(Box::new(persistence)),
            test_name: Some(R::INFO.name),
            ..Config::default()
        };
        if std::env::var_os("PROPTEST_CASES").is_none() {
            config.cases = CASES;
        }
        let outcome = TestRunner::new(config).run(&cases::<R>(), |(params, batch)| {
            let faults = R::from_params(&params).map(|rule| faults(&rule, &batch));
            match faults.unwrap().unwrap() {
                faults if faults.is_empty() => Ok(()),
                faults => Err(TestCaseError::fail(faults.join(", "))),
            }
        });
        if let Err(failure) = outcome {
            self.0.push(format!("{}: {failure}", R::INFO.name));
        }
    }
}

/// Parameters of a rule from all of their ranges, and batches.
fn cases<R: Rule>() -> impl Strategy<Value = (Params, PatchBatch)> {
    let built =
        strategies::params(R::PARAMS).prop_filter_map("the parameters must build the rule", |params| {
            let states = R::from_params(&params).ok()?.lower().states.len();
            Some((params, states))
        });
    built.prop_flat_map(|(params, states)| (Just(params), batches(states)))
}

fn faults<R: Rule>(rule: &R, batch: &PatchBatch) -> Result<Vec<String>> {
    let lowering = rule.lower();
    let mut update = vec![0.0; batch.weights.len()];
    for sample in batch.samples(&batch.weights) {
        let part = closed_form(&lowering, &sample);
        update.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
    }
    let own = surrogate_update(rule, batch)?;
    let convolved = convolution_update(&lowering, batch)?;
    let own = difference("the surrogate's update", TOLERANCE, &update, &own);
    let convolved = difference("the convolution's update", TOLERANCE, &update, &convolved);
    Ok(own.into_iter().chain(convolved).collect())
}

/// −∂/∂W of the rule's own surrogate, summed over the patches.
fn surrogate_update<R: Rule>(rule: &R, batch: &PatchBatch) -> Result<Vec<f64>> {
    let variables = batch.weights.iter().map(|w| Var::new(*w, &Device::Cpu));
    let variables = variables.collect::<Result<Vec<_>>>()?;
    let weights: Vec<Traced> = variables.iter().map(|w| Traced::new(w.as_tensor())).collect();
    let mut loss = Tensor::zeros((), DType::F64, &Device::Cpu)?;
    for sample in batch.samples(&weights) {
        loss = (loss - rule.surrogate(&sample).tensor())?;
    }
    let store = loss.backward()?;
    let gradients = variables.iter().map(|w| gradient(&store, w));
    Ok(gradients.collect::<Result<Vec<_>>>()?.concat())
}

/// −∂/∂W of −Σ sg[A]·u + ½ Σ sg[C_ii] |w_i|² + Σ_{i≠j} sg[C_ij] w_i·sg[w_j], with u the convolution of images and W.
fn convolution_update(lowering: &Lowering, batch: &PatchBatch) -> Result<Vec<f64>> {
    let (units, len) = (batch.units, batch.geometry.patch_len());
    let weights = Var::from_slice(&batch.weights, (units, len), &Device::Cpu)?;
    let u = convolve(batch, &weights)?;
    let factor = matrix(&batch.values(&lowering.factor), units)?;
    let hebb = (factor.detach() * u)?.sum_all()?;
    let squares = weights.sqr()?;
    let decay = match &lowering.decay {
        Decay::None => hebb.zeros_like()?,
        Decay::Diagonal(expr) => {
            let c = matrix(&batch.values(expr), units)?.sum(0)?.detach();
            (squares.sum(1)? * c)?.sum_all()?.affine(0.5, 0.0)?
        }
        Decay::Input => {
            let c = matrix(&batch.patch_sum(), len)?.detach();
            squares.broadcast_mul(&c)?.sum_all()?.affine(0.5, 0.0)?
        }
        Decay::Outer(outer) => outer_decay(outer, batch, &weights)?,
    };
    let store = (hebb - decay)?.backward()?;
    gradient(&store, &weights)
}

/// u (P×N) of the images and W (N×K), K in the order (kh, kw, C).
fn convolve(batch: &PatchBatch, weights: &Tensor) -> Result<Tensor> {
    let (geometry, units) = (&batch.geometry, batch.units);
    let (shape, window) = (geometry.input(), geometry.window());
    let [height, width] = window.kernel;
    let pixels: Vec<f64> = batch.input.iter().map(|value| f64::from(*value)).collect();
    let images = (batch.images, shape.height, shape.width, shape.channels);
    // Not made contiguous: candle mistakes a contiguous image of as many channels as rows and columns for one of another
    // layout.
    let images = Tensor::from_vec(pixels, images, &Device::Cpu)?.permute((0, 3, 1, 2))?;
    let kernels = weights.reshape((units, height, width, shape.channels))?;
    let kernels = kernels.permute((0, 3, 1, 2))?.contiguous()?;
    let (padding, stride, dilation) = (window.padding[0], window.stride[0], window.dilation[0]);
    let u = images.conv2d(&kernels, padding, stride, dilation, 1)?;
    u.permute((0, 2, 3, 1))?.contiguous()?.reshape(((), units))
}

/// ½ Σ sg[C_ii] |w_i|² + Σ_{i≠j} sg[C_ij] w_i·sg[w_j].
fn outer_decay(outer: &Outer, batch: &PatchBatch, weights: &Tensor) -> Result<Tensor> {
    let units = batch.units;
    let rows = matrix(&batch.values(&outer.rows), units)?;
    let columns = matrix(&batch.values(&outer.columns), units)?;
    let mut c = rows.t()?.matmul(&columns)?;
    if outer.lower {
        c = (c * Tensor::tril2(units, DType::F64, &Device::Cpu)?)?;
    }
    let identity = Tensor::eye(units, DType::F64, &Device::Cpu)?;
    if outer.identity {
        c = (c - identity.affine(rows.dim(0)? as f64, 0.0)?)?;
    }
    let own = (&c * identity)?.detach();
    let others = (c - &own)?.detach();
    let own = weights.sqr()?.sum(1)?.mul(&own.sum(1)?)?.sum_all()?;
    let others = (weights * others.matmul(&weights.detach())?)?.sum_all()?;
    own.affine(0.5, 0.0)? + others
}

/// Rows of `columns` values.
fn matrix(values: &[f64], columns: usize) -> Result<Tensor> {
    Tensor::from_slice(values, (values.len() / columns, columns), &Device::Cpu)
}
