//! Batch norm with learned scale and shift.

use super::{Backward, Forward, Mode, Op, Parameter};
use crate::backend::{Backend, Dims, Variables};
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
    /// The running ones, and those of the last batch that was trained on.
    moments: [Moments<B>; 2],
    /// γ and β; constant where they are not learned.
    affine: Vec<Parameter<B>>,
    learned: bool,
    /// x̂ of the last forward pass.
    normalized: B::Buffer,
    /// ∂L/∂y·x̂.
    product: B::Buffer,
    /// Whether the last forward pass took the moments of its batch.
    own_moments: bool,
}

impl<B: Backend> BatchNorm<B> {
    pub(super) fn new(backend: &B, input: ImageShape, momentum: f32, learned: bool) -> Result<Self> {
        let standard = || Moments::standard(backend, input.channels);
        let channel = |value| Parameter::new(backend, &vec![value; input.channels]);
        Ok(Self {
            input,
            momentum,
            moments: [standard()?, standard()?],
            affine: vec![channel(1.0)?, channel(0.0)?],
            learned,
            normalized: backend.zeros(0)?,
            product: backend.zeros(0)?,
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
            let [running, own] = &mut self.moments;
            own.take(backend, dims, batch.input, &mut self.product)?;
            running.follow(backend, self.momentum, dims.rows, own)?;
        }
        let moments = &self.moments[usize::from(self.own_moments)];
        moments.normalize(backend, dims, batch.input, &mut self.normalized)?;
        let variables = Variables {
            activity: Some(&self.normalized),
            states: Some(&self.affine[0].value),
            // One row that holds for all.
            teacher: Some((&self.affine[1].value, dims.rows)),
            ..Default::default()
        };
        let formula = Expr::Activity * Expr::State(0) + Expr::Teacher;
        backend.map(&formula, dims, variables, batch.output)
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
        let share = Expr::Constant(match self.own_moments {
            true => 1.0 / dims.rows as f32,
            false => 0.0,
        });
        let variables = Variables {
            states: Some(&shift.gradient),
            teacher: Some((&scale.gradient, dims.rows)),
            ..variables
        };
        let means = share * (Expr::State(0) + Expr::Similarity * Expr::Teacher);
        backend.map(&(Expr::Activity - means), dims, variables, &mut self.product)?;
        let moments = &self.moments[usize::from(self.own_moments)];
        moments.divide(backend, dims, &self.product, &scale.value, downstream)
    }

    fn parameters(&mut self) -> &mut [Parameter<B>] {
        if self.learned { &mut self.affine } else { &mut [] }
    }

    fn tensors(&self, backend: &B) -> Result<Tensors> {
        let [mean, variance] = self.moments[0].host(backend)?;
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
        self.moments[0].set(backend, &[mean?, variance?])?;
        self.affine[0].set(backend, NAMES[2], &scale?)?;
        self.affine[1].set(backend, NAMES[3], &shift?)
    }
}

/// PyTorch's names: running moments, γ, β.
const NAMES: [&str; 4] = ["running_mean", "running_var", "weight", "bias"];
