//! Convolution and, as its special case, the dense layer.

use super::{Backward, Forward, Op, Parameter};
use crate::backend::{Backend, Dims, Gemm, Variables};
use crate::error::{Error, Result};
use crate::geometry::ConvGeometry;
use crate::layer::{Tensors, from_rows, to_rows};
use crate::rule::Expr;
use crate::seed::Stream;
use ndarray::{Array1, Ix4};
use rand::RngExt;

/// Y = X Wᵀ + b over the patches X.
#[derive(Debug)]
pub(super) struct Conv<B: Backend> {
    geometry: ConvGeometry,
    units: usize,
    /// W (N×K) and, where there is one, b (N).
    parameters: Vec<Parameter<B>>,
    /// X (P×K) of the last forward pass, and its gradient.
    patches: [B::Buffer; 2],
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
            patches: [backend.zeros(0)?, backend.zeros(0)?],
        })
    }

    fn rows(&self, images: usize) -> usize {
        images * self.geometry.positions()
    }
}

impl<B: Backend> Op<B> for Conv<B> {
    fn forward(&mut self, backend: &B, batch: Forward<'_, B>) -> Result<()> {
        let (rows, patch_len) = (self.rows(batch.images), self.geometry.patch_len());
        for patches in &mut self.patches {
            if backend.len(patches) < rows * patch_len {
                *patches = backend.zeros(rows * patch_len)?;
            }
        }
        let [patches, sums] = &mut self.patches;
        backend.im2col(&self.geometry, batch.images, batch.input, patches)?;
        let product = Gemm::new(rows, self.units, patch_len).transpose_b();
        let [weight, rest @ ..] = self.parameters.as_slice() else {
            return Ok(());
        };
        let Some(bias) = rest.first() else {
            return backend.gemm(product, patches, &weight.value, batch.output);
        };
        let dims = Dims::new(rows, self.units);
        if backend.len(sums) < dims.len() {
            *sums = backend.zeros(dims.len())?;
        }
        backend.gemm(product, patches, &weight.value, sums)?;
        let variables = Variables {
            activity: Some(&*sums),
            states: Some(&bias.value),
            ..Default::default()
        };
        backend.map(&(Expr::Activity + Expr::State(0)), dims, variables, batch.output)
    }

    fn backward(&mut self, backend: &B, batch: Backward<'_, B>) -> Result<()> {
        let (rows, patch_len, units) = (self.rows(batch.images), self.geometry.patch_len(), self.units);
        let [patches, gradient] = &mut self.patches;
        if let Some(downstream) = batch.downstream {
            // ∂L/∂X (P×K) = ∂L/∂Y (P×N) · W (N×K)
            let product = Gemm::new(rows, patch_len, units);
            backend.gemm(product, batch.upstream, &self.parameters[0].value, gradient)?;
            backend.col2im(&self.geometry, batch.images, gradient, downstream)?;
        }
        // ∂L/∂W (N×K) = ∂L/∂Yᵀ (N×P) · X (P×K)
        let product = Gemm::new(units, patch_len, rows).transpose_a();
        backend.gemm(product, batch.upstream, patches, &mut self.parameters[0].gradient)?;
        match self.parameters.get_mut(1) {
            Some(bias) => backend.column_sums(Dims::new(rows, units), batch.upstream, &mut bias.gradient),
            None => Ok(()),
        }
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
