//! Convolution and, as its special case, the dense layer.

use super::{Backward, Forward, Op, Parameter};
use crate::backend::{Backend, Convolution, Gradients, Workspace};
use crate::error::{Error, Result};
use crate::geometry::ConvGeometry;
use crate::seed::Stream;
use crate::tensors::{Tensors, from_rows, to_rows};
use ndarray::{Array1, Ix4};
use rand::RngExt;

/// Y = X Wᵀ + b over the patches X.
#[derive(Debug)]
pub(super) struct Conv<B: Backend> {
    geometry: ConvGeometry,
    units: usize,
    /// W (N×K) and, where there is one, b (N).
    parameters: Vec<Parameter<B>>,
    workspace: Workspace<B>,
}

impl<B: Backend> Conv<B> {
    pub(super) fn new(
        backend: &B,
        geometry: ConvGeometry,
        units: usize,
        bias: bool,
        mut stream: Stream,
    ) -> Result<Self> {
        let bound = (geometry.patch_len() as f32).sqrt().recip();
        let mut draw = |len| {
            (0..len)
                .map(|_| stream.random_range(-bound..=bound))
                .collect::<Vec<f32>>()
        };
        let mut parameters = vec![Parameter::new(backend, &draw(units * geometry.patch_len()))?];
        if bias {
            parameters.push(Parameter::new(backend, &draw(units))?);
        }
        Ok(Self {
            geometry,
            units,
            parameters,
            workspace: Workspace::default(),
        })
    }

    fn convolution(&self, images: usize) -> Convolution {
        Convolution {
            geometry: self.geometry,
            units: self.units,
            images,
        }
    }
}

impl<B: Backend> Op<B> for Conv<B> {
    fn forward(&mut self, backend: &B, batch: Forward<'_, B>) -> Result<()> {
        let convolution = self.convolution(batch.images);
        let [weight, rest @ ..] = self.parameters.as_slice() else {
            return Ok(());
        };
        let bias = rest.first().map(|bias| &bias.value);
        backend.convolve(
            &convolution,
            batch.input,
            &weight.value,
            bias,
            batch.output,
            &mut self.workspace,
        )
    }

    fn backward(&mut self, backend: &B, batch: Backward<'_, B>) -> Result<()> {
        let convolution = self.convolution(batch.images);
        let [weight, rest @ ..] = self.parameters.as_mut_slice() else {
            return Ok(());
        };
        let gradients = Gradients {
            weights: &mut weight.gradient,
            bias: rest.first_mut().map(|bias| &mut bias.gradient),
            input: batch.grad_input,
        };
        let (weights, workspace) = (&weight.value, &mut self.workspace);
        backend.convolve_backward(
            &convolution,
            batch.input,
            weights,
            batch.grad_output,
            gradients,
            workspace,
        )
    }

    fn parameters(&mut self) -> &mut [Parameter<B>] {
        &mut self.parameters
    }

    fn tensors(&self, backend: &B) -> Result<Tensors> {
        let rows = self.parameters[0].host(backend)?;
        let weight = from_rows(&self.geometry, self.units, &rows).into_dyn();
        let mut tensors = Tensors::from([("weight".to_owned(), weight)]);
        if let Some(bias) = self.parameters.get(1) {
            let bias = Array1::from(bias.host(backend)?).into_dyn();
            tensors.insert("bias".to_owned(), bias);
        }
        Ok(tensors)
    }

    fn restore(&mut self, backend: &B, tensors: &Tensors) -> Result<()> {
        let found = |name: &str| {
            let missing = || Error::shape("the saved layer", format!("an array named `{name}`"), "none");
            tensors.get(name).ok_or_else(missing)
        };
        let weight = found("weight")?;
        let axes = || {
            Error::shape(
                "weight",
                "four axes (N, C, kh, kw)",
                format!("{:?}", weight.shape()),
            )
        };
        let kernels = weight.view().into_dimensionality::<Ix4>().map_err(|_| axes())?;
        let rows = to_rows(&self.geometry, "weight", kernels)?;
        self.parameters[0].set(backend, "weight", &rows)?;
        match self.parameters.get_mut(1) {
            Some(bias) => bias.set(
                backend,
                "bias",
                &found("bias")?.iter().copied().collect::<Vec<_>>(),
            ),
            None => Ok(()),
        }
    }
}
