//! Batch norm with learned scale and shift.

use super::{Backward, Forward, Mode, Op, Parameter};
use crate::backend::{Backend, Dims, NormGradients, Workspace};
use crate::error::{Error, Result};
use crate::geometry::ImageShape;
use crate::moments::Moments;
use crate::tensors::Tensors;
use ndarray::Array1;

/// y = γ·x̂ + β with x̂ = (x − mean)/√(variance + ε), channel by channel.
#[derive(Debug)]
pub(super) struct BatchNorm<B: Backend> {
    input: ImageShape,
    momentum: f32,
    running: Moments<B>,
    /// Those of the last batch that was trained on.
    batch: Moments<B>,
    /// γ and β; constant where they are not learned.
    affine: [Parameter<B>; 2],
    learned: bool,
    workspace: Workspace<B>,
    /// Whether the batch itself had the moments of the last forward pass.
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
            affine: [channel(1.0)?, channel(0.0)?],
            learned,
            workspace: Workspace::default(),
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
        self.own_moments = batch.mode == Mode::Train && dims.rows > 0;
        if self.own_moments {
            self.batch.take(backend, dims, batch.input)?;
            self.running
                .follow(backend, self.momentum, dims.rows, &self.batch)?;
        }
        let moments = if self.own_moments {
            &self.batch
        } else {
            &self.running
        };
        let affine = [&self.affine[0].value, &self.affine[1].value];
        let norm = moments.norm(affine, self.own_moments);
        backend.batch_norm(dims, batch.input, norm, batch.output, &mut self.workspace)
    }

    fn backward(&mut self, backend: &B, batch: Backward<'_, B>) -> Result<()> {
        let dims = self.dims(batch.images);
        let moments = if self.own_moments {
            &self.batch
        } else {
            &self.running
        };
        let [scale, shift] = &mut self.affine;
        let norm = moments.norm([&scale.value, &shift.value], self.own_moments);
        let gradients = NormGradients {
            output: batch.grad_output,
            scale: &mut scale.gradient,
            shift: &mut shift.gradient,
            input: batch.grad_input,
        };
        backend.batch_norm_backward(dims, batch.input, norm, gradients, &mut self.workspace)
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
