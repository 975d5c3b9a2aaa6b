//! Batch norm with learned scale and shift.

use super::{Backward, Forward, Mode, Op, Parameter};
use crate::backend::{Backend, Dims, Variables, Workspace, buffer_of, host_of};
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
    /// One value for each channel.
    sums: B::Buffer,
    workspace: Workspace<B>,
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
            sums: backend.zeros(input.channels)?,
            workspace: Workspace::default(),
            inverse: Vec::new(),
            own_moments: false,
        })
    }

    /// The moments of the last forward pass.
    fn moments(&self) -> &Moments<B> {
        match self.own_moments {
            true => &self.batch,
            false => &self.running,
        }
    }

    /// ∂L/∂γ = Σ g·x̂ and ∂L/∂β = Σ g, with x̂ = (x − mean)/σ.
    fn affine_gradients(
        &mut self,
        backend: &B,
        dims: Dims,
        x: &B::Buffer,
        upstream: &B::Buffer,
    ) -> Result<()> {
        let moments = match self.own_moments {
            true => &self.batch,
            false => &self.running,
        };
        let [scale, shift] = self.affine.as_mut_slice() else {
            return Ok(());
        };
        backend.column_sums(dims, upstream, &mut shift.gradient)?;
        let (sums, workspace) = (&mut self.sums, &mut self.workspace);
        backend.column_products(dims, upstream, x, moments.centre(), sums, workspace)?;
        let sums = host_of(backend, sums, dims.cols)?;
        let divided = sums.iter().zip(&self.inverse).map(|(sum, inverse)| sum * inverse);
        backend.upload(&divided.collect::<Vec<f32>>(), &mut scale.gradient)
    }

    /// γ/σ, mean g, mean x and mean(g·x̂)/σ of each channel, one after the other.
    ///
    /// ∂L/∂x = γ/σ·(g − mean g − x̂·mean(g·x̂)); the means of g vanish where the moments were not the batch's own.
    fn slopes(&self, backend: &B, rows: usize) -> Result<Vec<f32>> {
        let share = if self.own_moments { 1.0 / rows as f32 } else { 0.0 };
        let channels = self.input.channels;
        let [mean, _] = self.moments().host(backend)?;
        let [slopes, shifts] = [0, 1].map(|which| host_of(backend, &self.affine[which].gradient, channels));
        let scale = self.affine[0].host(backend)?;
        let by_deviation = |values: Vec<f32>| {
            values
                .into_iter()
                .zip(&self.inverse)
                .map(|(v, inverse)| v * inverse)
        };
        let gain = by_deviation(scale);
        let shifts = shifts?.into_iter().map(|sum| sum * share);
        let falls = by_deviation(slopes?).map(|slope| slope * share);
        Ok(gain.chain(shifts).chain(mean).chain(falls).collect())
    }

    fn dims(&self, images: usize) -> Dims {
        Dims::new(images * self.input.positions(), self.input.channels)
    }
}

impl<B: Backend> Op<B> for BatchNorm<B> {
    fn forward(&mut self, backend: &B, batch: Forward<'_, B>) -> Result<()> {
        let dims = self.dims(batch.images);
        self.own_moments = batch.mode == Mode::Train && dims.rows > 0;
        if self.own_moments {
            self.batch.take(backend, dims, batch.input)?;
            self.running
                .follow(backend, self.momentum, dims.rows, &self.batch)?;
        }
        self.inverse = self.moments().inverse_deviation(backend)?;
        let [mean, _] = self.moments().host(backend)?;
        let [scale, shift] = [self.affine[0].host(backend)?, self.affine[1].host(backend)?];
        let gain: Vec<f32> = scale
            .iter()
            .zip(&self.inverse)
            .map(|(scale, inverse)| scale * inverse)
            .collect();
        let states = buffer_of(backend, &[mean, gain, shift].concat())?;
        let variables = Variables {
            activity: Some(batch.input),
            states: Some(&states),
            ..Default::default()
        };
        let normalized = (Expr::Activity - Expr::State(0)) * Expr::State(1) + Expr::State(2);
        backend.map(&normalized, dims, variables, batch.output)
    }

    fn backward(&mut self, backend: &B, batch: Backward<'_, B>) -> Result<()> {
        let dims = self.dims(batch.images);
        self.affine_gradients(backend, dims, batch.input, batch.upstream)?;
        let Some(downstream) = batch.downstream else {
            return Ok(());
        };
        let states = buffer_of(backend, &self.slopes(backend, dims.rows)?)?;
        let variables = Variables {
            activity: Some(batch.upstream),
            similarity: Some(batch.input),
            states: Some(&states),
            ..Default::default()
        };
        let along = (Expr::Similarity - Expr::State(2)) * Expr::State(3);
        let centred = Expr::Activity - Expr::State(1) - along;
        backend.map(&(centred * Expr::State(0)), dims, variables, downstream)
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
