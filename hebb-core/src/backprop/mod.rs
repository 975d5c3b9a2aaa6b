//! Layers trained by gradient descent, on the same backends as the Hebbian ones.
//!
//! A [`Stack`] is a row of operations, each with its gradient: [`OpConfig`] lists them. [`softmax_cross_entropy`], or
//! [`CrossEntropy`] on the device, gives the gradient that [`Stack::backward`] starts from, an [`Optimizer`] makes steps of
//! the gradients that it leaves, and [`Descent`] is how an experiment file spells the optimizer and its learning rate.
//!
//! ```
//! use hebb_core::backprop::{Method, Mode, OpConfig, Optimizer, Stack, softmax_cross_entropy};
//! use hebb_core::backend::{buffer_of, host_of};
//! use hebb_core::{RefBackend, Seed, geometry::ImageShape};
//!
//! let backend = RefBackend;
//! let ops = [OpConfig::conv(4, 3), OpConfig::Relu, OpConfig::dense(2)];
//! let mut stack = Stack::new(&backend, ImageShape::new(1, 5, 5), &ops, Seed::new(0), 0)?;
//! let mut optimizer = Optimizer::new(Method::Sgd { momentum: 0.9, nesterov: true, weight_decay: 0.0 }, 0.1)?;
//! let images: Vec<f32> = (0..50).map(|i| if i < 25 { 1.0 } else { -1.0 }).collect();
//! let (input, labels) = (buffer_of(&backend, &images)?, [0, 1]);
//! let mut losses = Vec::new();
//! for _ in 0..20 {
//!     let logits = host_of(&backend, stack.forward(&backend, 2, &input, Mode::Train)?, 4)?;
//!     let loss = softmax_cross_entropy(&logits, 2, &labels)?;
//!     stack.backward(&backend, 2, &input, &buffer_of(&backend, &loss.gradient)?)?;
//!     stack.step(&backend, &mut optimizer)?;
//!     losses.push(loss.mean);
//! }
//! assert!(losses[19] < 0.1 * losses[0]);
//! # Ok::<(), hebb_core::Error>(())
//! ```

mod batch_norm;
mod config;
mod conv;
mod descent;
mod elementwise;
mod entropy;
mod loss;
mod optimizer;
mod parameter;
mod stack;
#[cfg(test)]
mod tests;

pub use config::OpConfig;
pub use descent::{Descent, StepDecay};
pub use entropy::{CrossEntropy, Totals};
pub use loss::{Loss, softmax_cross_entropy};
pub use optimizer::{Method, Optimizer};
pub use stack::Stack;

use crate::backend::Backend;
use crate::error::Result;
use crate::tensors::Tensors;
use parameter::Parameter;
use std::fmt::Debug;

/// Whether a forward pass is one of training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Batch norm takes the moments of the batch, dropout drops.
    Train,
    /// Batch norm takes its running moments, dropout does nothing.
    Evaluate,
}

/// A batch on its way through an operation.
struct Forward<'a, B: Backend> {
    images: usize,
    input: &'a B::Buffer,
    output: &'a mut B::Buffer,
    mode: Mode,
}

/// A batch on its way through an operation, backwards.
struct Backward<'a, B: Backend> {
    images: usize,
    /// The input of the forward pass.
    input: &'a B::Buffer,
    /// The output of the forward pass.
    output: &'a B::Buffer,
    /// ∂L/∂output.
    grad_output: &'a B::Buffer,
    /// The buffer for ∂L/∂input; `None` for the first operation.
    grad_input: Option<&'a mut B::Buffer>,
}

/// An operation with its gradient.
trait Op<B: Backend>: Debug + Send {
    /// From `input` to `output`, keeping what the gradient needs.
    fn forward(&mut self, backend: &B, batch: Forward<'_, B>) -> Result<()>;

    /// The gradient of the last forward pass; those of the parameters replace their former ones.
    fn backward(&mut self, backend: &B, batch: Backward<'_, B>) -> Result<()>;

    /// The learned parameters.
    fn parameters(&mut self) -> &mut [Parameter<B>] {
        &mut []
    }

    /// Everything that must be kept, by PyTorch's names.
    fn tensors(&self, _backend: &B) -> Result<Tensors> {
        Ok(Tensors::new())
    }

    /// Restores what [`Self::tensors`] gave.
    fn restore(&mut self, _backend: &B, _tensors: &Tensors) -> Result<()> {
        Ok(())
    }
}
