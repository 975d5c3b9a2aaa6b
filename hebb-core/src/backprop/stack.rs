//! Stacks: sequences of operations trained by backpropagation.

use super::{Backward, Forward, Mode, Op, OpConfig, Optimizer, Parameter};
use crate::backend::{Backend, host_of};
use crate::error::{Error, Result};
use crate::geometry::ImageShape;
use crate::plan::PoolKind;
use crate::seed::Seed;
use crate::tensors::Tensors;

/// A sequence of operations.
///
/// Max pooling after a ReLU runs before it, which leaves the ReLU fewer values and changes neither output nor gradients.
#[derive(Debug)]
pub struct Stack<B: Backend> {
    pub(super) ops: Vec<Box<dyn Op<B>>>,
    /// The shape of the input, then of every output.
    shapes: Vec<ImageShape>,
    outputs: Vec<B::Buffer>,
    /// The gradients with respect to the output and the input of the current operation.
    gradients: [B::Buffer; 2],
}

impl<B: Backend> Stack<B> {
    /// A stack with random parameters for images of shape `input`; `index` selects its random streams.
    ///
    /// # Errors
    /// [`Error::Layer`] for the first operation that does not fit, or [`Error::OutOfMemory`].
    pub fn new(backend: &B, input: ImageShape, ops: &[OpConfig], seed: Seed, index: usize) -> Result<Self> {
        let mut stack = Self {
            ops: Vec::with_capacity(ops.len()),
            shapes: vec![input],
            outputs: Vec::with_capacity(ops.len()),
            gradients: [backend.zeros(0)?, backend.zeros(0)?],
        };
        let mut shape = input;
        for at in order(ops) {
            let (op, number) = (&ops[at], ((index as u64) << 32) + at as u64);
            let built = op.build(backend, shape, seed.stream("backprop", number));
            stack.ops.push(built.map_err(|error| numbered(at, error))?);
            shape = op.output(shape).map_err(|error| numbered(at, error))?;
            stack.shapes.push(shape);
            stack.outputs.push(backend.zeros(0)?);
        }
        Ok(stack)
    }

    /// The shape of an input image.
    pub fn input_shape(&self) -> ImageShape {
        self.shapes[0]
    }

    /// The output shape for one image.
    pub fn output_shape(&self) -> ImageShape {
        self.shapes[self.ops.len()]
    }

    /// Passes images (B, H, W, C) through every operation. The output, (B, H, W, C), is valid until the next pass.
    ///
    /// # Errors
    /// [`Error::Shape`] for a short buffer, or an error of the backend.
    pub fn forward<'a>(
        &'a mut self,
        backend: &B,
        images: usize,
        input: &'a B::Buffer,
        mode: Mode,
    ) -> Result<&'a B::Buffer> {
        for (at, op) in self.ops.iter_mut().enumerate() {
            let (before, rest) = self.outputs.split_at_mut(at);
            let output = &mut rest[0];
            let len = images * self.shapes[at + 1].len();
            if backend.len(output) < len {
                *output = backend.zeros(len)?;
            }
            let batch = Forward {
                images,
                input: before.last().unwrap_or(input),
                output,
                mode,
            };
            op.forward(backend, batch)?;
        }
        Ok(self.outputs.last().unwrap_or(input))
    }

    /// Computes the gradients of all parameters for the last batch from the gradient with respect to the output.
    ///
    /// # Errors
    /// [`Error::Shape`] for a short buffer, or an error of the backend.
    pub fn backward(
        &mut self,
        backend: &B,
        images: usize,
        input: &B::Buffer,
        gradient: &B::Buffer,
    ) -> Result<()> {
        self.propagate(backend, images, input, gradient, false)
    }

    /// [`Self::backward`] that also returns the gradient with respect to the input, (B, H, W, C).
    ///
    /// # Errors
    /// As [`Self::backward`].
    pub fn backward_through(
        &mut self,
        backend: &B,
        images: usize,
        input: &B::Buffer,
        gradient: &B::Buffer,
    ) -> Result<&B::Buffer> {
        self.propagate(backend, images, input, gradient, true)?;
        Ok(&self.gradients[0])
    }

    fn propagate(
        &mut self,
        backend: &B,
        images: usize,
        input: &B::Buffer,
        gradient: &B::Buffer,
        through: bool,
    ) -> Result<()> {
        let longest = self.shapes.iter().map(ImageShape::len).max().unwrap_or(0) * images;
        for buffer in &mut self.gradients {
            if backend.len(buffer) < longest {
                *buffer = backend.zeros(longest)?;
            }
        }
        // Below the first operation that learns, nothing asks for a gradient but the caller.
        let learns = self.ops.iter_mut().position(|op| !op.parameters().is_empty());
        let last = if through {
            0
        } else {
            learns.unwrap_or(self.ops.len())
        };
        let [grad_output, grad_input] = &mut self.gradients;
        backend.copy(images * self.shapes[self.ops.len()].len(), gradient, grad_output)?;
        for (at, op) in self.ops.iter_mut().enumerate().skip(last).rev() {
            let batch = Backward {
                images,
                input: if at == 0 { input } else { &self.outputs[at - 1] },
                output: &self.outputs[at],
                grad_output,
                grad_input: (at > last || through).then_some(&mut *grad_input),
            };
            op.backward(backend, batch)?;
            std::mem::swap(grad_output, grad_input);
        }
        Ok(())
    }

    /// The output of the last forward pass, (B, H, W, C); `None` without operations.
    pub fn output(&self) -> Option<&B::Buffer> {
        self.outputs.last()
    }

    /// The norm of the last gradient, over all parameters.
    ///
    /// # Errors
    /// An error of the backend.
    pub fn gradient_norm(&mut self, backend: &B) -> Result<f64> {
        let mut squares = 0.0;
        for parameter in self.parameters() {
            let gradient = host_of(backend, &parameter.gradient, parameter.len)?;
            squares += gradient
                .iter()
                .map(|value| f64::from(*value).powi(2))
                .sum::<f64>();
        }
        Ok(squares.sqrt())
    }

    /// All parameters.
    pub(crate) fn parameters(&mut self) -> impl Iterator<Item = &mut Parameter<B>> {
        self.ops.iter_mut().flat_map(|op| op.parameters())
    }

    /// Updates all parameters by their last gradients.
    ///
    /// # Errors
    /// An error of the backend.
    pub fn step(&mut self, backend: &B, optimizer: &mut Optimizer) -> Result<()> {
        optimizer.step(backend, self.parameters())
    }

    /// Resets the optimizer state of all parameters.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn reset_optimizer(&mut self, backend: &B) -> Result<()> {
        let mut parameters = self.ops.iter_mut().flat_map(|op| op.parameters());
        parameters.try_for_each(|parameter| parameter.forget(backend))
    }

    /// The state, named `INDEX.NAME` with indices from 0, in the names and layouts of PyTorch's `Sequential`.
    ///
    /// # Errors
    /// An error of the backend.
    pub fn tensors(&self, backend: &B) -> Result<Tensors> {
        let mut tensors = Tensors::new();
        for (at, op) in self.ops.iter().enumerate() {
            let named = op.tensors(backend)?.into_iter();
            tensors.extend(named.map(|(name, array)| (format!("{at}.{name}"), array)));
        }
        Ok(tensors)
    }

    /// Restores the state from [`Self::tensors`].
    ///
    /// # Errors
    /// The first operation with missing or mismatched arrays.
    pub fn restore(&mut self, backend: &B, tensors: &Tensors) -> Result<()> {
        for (at, op) in self.ops.iter_mut().enumerate() {
            let prefix = format!("{at}.");
            let own = tensors
                .iter()
                .filter_map(|(name, array)| Some((name.strip_prefix(&prefix)?.to_owned(), array.clone())));
            op.restore(backend, &own.collect())
                .map_err(|error| numbered(at, error))?;
        }
        Ok(())
    }
}

/// The execution order of the operations; those with parameters keep their positions.
fn order(ops: &[OpConfig]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..ops.len()).collect();
    for at in 1..ops.len() {
        let pooling = matches!(&ops[at], OpConfig::Pool(pool) if pool.kind == PoolKind::Max);
        if pooling && matches!(ops[at - 1], OpConfig::Relu) {
            order.swap(at - 1, at);
        }
    }
    order
}

fn numbered(at: usize, source: Error) -> Error {
    Error::Layer {
        layer: at + 1,
        source: Box::new(source),
    }
}
