//! Batch norm with learned scale and shift.

use super::{Backward, Forward, Mode, Op, Parameter};
use crate::backend::{Backend, Dims, Variables, buffer_of, host_of};
use crate::error::{Error, Result};
use crate::geometry::ImageShape;
use crate::layer::Tensors;
use crate::moments::Moments;
use crate::rule::Expr;
use ndarray::Array1;

/// y = γ·x̂ + β with x̂ = (x − mean)/√(variance + 1e-5), channel by channel.
#[derive(Debug)]
pub(super) struct BatchNorm<B: Backend> {
    input: ImageShape,
    momentum: f32,
    running: Moments<B>,
    /// Those of the last batch that was trained on.
    batch: Moments<B>,
    /// γ and β; constant where they are not learned.
    affine: Vec<Parameter<B>>,
    learned: bool,
    /// x̂ of the last forward pass.
    normalized: B::Buffer,
    /// ∂L/∂y·x̂.
    product: B::Buffer,
    /// 1/√(variance + 1e-5) of the last forward pass, and whether the batch itself had those moments.
    inverse: Vec<f32>,
    own_moments: bool,
}

impl<B: Backend> BatchNorm<B> {
    pub(super) fn new(backend: &B, input: ImageShape, momentum: f32, learned: bool) -> Result<Self> {
        let channel = |value| Parameter::new(backend, &vec![value; input.channels]);
        Ok(Self {
            input,
            momentum,
            running: Moments::standard(backend, input.channels)?,
            batch: Moments::standard(backend, input.channels)?,
            affine: vec![channel(1.0)?, channel(0.0)?],
            learned,
            normalized: backend.zeros(0)?,
            product: backend.zeros(0)?,
            inverse: Vec::new(),
            own_moments: false,
        })
    }

    fn dims(&self, images: usize) -> Dims {
        Dims::new(images * self.input.positions(), self.input.channels)
    }
}

impl<B: Backend> Op<B> for BatchNorm<B> {
    fn forward(&mut self, backend: &B, batch: Forward<'_, B>) -> Result<()> {
        let dims = self.dims(batch.images);
        for buffer in [&mut self.normalized, &mut self.product] {
            if backend.len(buffer) < dims.len() {
                *buffer = backend.zeros(dims.len())?;
            }
        }
        self.own_moments = batch.mode == Mode::Train && dims.rows > 0;
        if self.own_moments {
            self.batch.take(backend, dims, batch.input, &mut self.product)?;
            self.running
                .follow(backend, self.momentum, dims.rows, &self.batch)?;
        }
        let moments = match self.own_moments {
            true => &self.batch,
            false => &self.running,
        };
        self.inverse = moments.inverse_deviation(backend)?;
        moments.normalize(backend, dims, batch.input, &mut self.normalized)?;
        let [scale, shift] = [self.affine[0].host(backend)?, self.affine[1].host(backend)?];
        let affine = buffer_of(backend, &[scale, shift].concat())?;
        let variables = Variables {
            activity: Some(&self.normalized),
            states: Some(&affine),
            ..Default::default()
        };
        backend.map(
            &(Expr::Activity * Expr::State(0) + Expr::State(1)),
            dims,
            variables,
            batch.output,
        )
    }

    fn backward(&mut self, backend: &B, batch: Backward<'_, B>) -> Result<()> {
        let dims = self.dims(batch.images);
        let variables = Variables {
            activity: Some(batch.upstream),
            similarity: Some(&self.normalized),
            ..Default::default()
        };
        let product = Expr::Activity * Expr::Similarity;
        backend.map(&product, dims, variables, &mut self.product)?;
        let [scale, shift] = self.affine.as_mut_slice() else {
            return Ok(());
        };
        backend.column_sums(dims, &self.product, &mut scale.gradient)?;
        backend.column_sums(dims, batch.upstream, &mut shift.gradient)?;
        let Some(downstream) = batch.downstream else {
            return Ok(());
        };
        // ∂L/∂x = γ/σ·(g − mean g − x̂·mean(g·x̂)); the means vanish where the moments were not the batch's own.
        let share = if self.own_moments {
            1.0 / dims.rows as f32
        } else {
            0.0
        };
        let mean = |sums: Vec<f32>| sums.into_iter().map(move |sum| sum * share);
        let gain = scale
            .host(backend)?
            .into_iter()
            .zip(&self.inverse)
            .map(|(scale, inverse)| scale * inverse);
        let shifts = mean(host_of(backend, &shift.gradient, dims.cols)?);
        let slopes = mean(host_of(backend, &scale.gradient, dims.cols)?);
        let states: Vec<f32> = gain.chain(shifts).chain(slopes).collect();
        let states = buffer_of(backend, &states)?;
        let variables = Variables {
            states: Some(&states),
            ..variables
        };
        let centred = Expr::Activity - Expr::State(1) - Expr::Similarity * Expr::State(2);
        backend.map(&(Expr::State(0) * centred), dims, variables, downstream)
    }

    fn parameters(&mut self) -> &mut [Parameter<B>] {
        if self.learned { &mut self.affine } else { &mut [] }
    }

    fn tensors(&self, backend: &B) -> Result<Tensors> {
        let [mean, variance] = self.running.host(backend)?;
        let values = [
            mean,
            variance,
            self.affine[0].host(backend)?,
            self.affine[1].host(backend)?,
        ];
        let named = NAMES.into_iter().map(str::to_owned).zip(values);
        Ok(named
            .map(|(name, values)| (name, Array1::from(values).into_dyn()))
            .collect())
    }

    fn restore(&mut self, backend: &B, tensors: &Tensors) -> Result<()> {
        let channels = self.input.channels;
        let found = |name: &str| {
            let array = tensors.get(name).filter(|array| array.shape() == [channels]);
            let misfit = || {
                Error::shape(
                    name,
                    format!("one axis of {channels} values"),
                    "none of that shape",
                )
            };
            Ok::<Vec<f32>, Error>(array.ok_or_else(misfit)?.iter().copied().collect())
        };
        let [mean, variance, scale, shift] = NAMES.map(found);
        self.running.set(backend, &[mean?, variance?])?;
        self.affine[0].set(backend, NAMES[2], &scale?)?;
        self.affine[1].set(backend, NAMES[3], &shift?)
    }
}

/// PyTorch's names: running moments, γ, β.
const NAMES: [&str; 4] = ["running_mean", "running_var", "weight", "bias"];
