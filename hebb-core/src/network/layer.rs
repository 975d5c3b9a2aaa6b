//! A layer of a network: Hebbian, or trained by backpropagation.

use super::LayerSpec;
use super::teacher::Teacher;
use crate::backend::{Backend, host_of};
use crate::backprop::{Mode, Stack};
use crate::error::Result;
use crate::geometry::ImageShape;
use crate::layer::{HebbLayer, Input, Learning};
use crate::seed::Seed;
use crate::tensors::Tensors;

/// A layer of a network: Hebbian, or operations trained by backpropagation.
#[derive(Debug)]
pub struct Layer<B: Backend>(Kind<B>);

#[derive(Debug)]
enum Kind<B: Backend> {
    Hebb {
        layer: Box<HebbLayer<B>>,
        teacher: Option<Teacher<B>>,
    },
    Backprop(Stack<B>),
}

/// A batch on the device with its labels.
pub(super) struct Labelled<'a, B: Backend> {
    pub(super) images: usize,
    /// (B, H, W, C).
    pub(super) values: &'a B::Buffer,
    pub(super) labels: &'a [u16],
}

impl<B: Backend> Layer<B> {
    pub(super) fn new(
        backend: &B,
        spec: LayerSpec,
        input: ImageShape,
        seed: Seed,
        index: usize,
    ) -> Result<Self> {
        Ok(Self(match spec {
            LayerSpec::Hebb(config) => {
                let layer = Box::new(HebbLayer::new(backend, *config, input, seed, index)?);
                let teacher = Teacher::new(backend, &layer)?;
                Kind::Hebb { layer, teacher }
            }
            LayerSpec::Backprop(ops) => Kind::Backprop(Stack::new(backend, input, &ops, seed, index)?),
        }))
    }

    /// The layer, if it is a Hebbian one.
    pub fn hebb(&self) -> Option<&HebbLayer<B>> {
        match &self.0 {
            Kind::Hebb { layer, .. } => Some(layer),
            Kind::Backprop(_) => None,
        }
    }

    /// The operations, if the layer is trained by backpropagation.
    pub fn backprop(&self) -> Option<&Stack<B>> {
        match &self.0 {
            Kind::Hebb { .. } => None,
            Kind::Backprop(stack) => Some(stack),
        }
    }

    /// Returns true if the layer learns from labels, by the gradient of a loss or by a teacher.
    pub fn uses_labels(&self) -> bool {
        match &self.0 {
            Kind::Hebb { teacher, .. } => teacher.is_some(),
            Kind::Backprop(_) => true,
        }
    }

    pub(super) fn hebb_mut(&mut self) -> Option<&mut HebbLayer<B>> {
        match &mut self.0 {
            Kind::Hebb { layer, .. } => Some(layer),
            Kind::Backprop(_) => None,
        }
    }

    pub(super) fn backprop_mut(&mut self) -> Option<&mut Stack<B>> {
        match &mut self.0 {
            Kind::Hebb { .. } => None,
            Kind::Backprop(stack) => Some(stack),
        }
    }

    pub(super) fn teacher_mut(&mut self) -> Option<&mut Teacher<B>> {
        match &mut self.0 {
            Kind::Hebb { teacher, .. } => teacher.as_mut(),
            Kind::Backprop(_) => None,
        }
    }

    /// The output shape for one image.
    ///
    /// # Errors
    /// None for a layer that was built.
    pub fn output_shape(&self) -> Result<ImageShape> {
        match &self.0 {
            Kind::Hebb { layer, .. } => layer.output_shape(),
            Kind::Backprop(stack) => Ok(stack.output_shape()),
        }
    }

    /// The output for the last batch, (B, H, W, C); `None` for a stack without operations, which passes on its input.
    pub fn output(&self) -> Option<&B::Buffer> {
        match &self.0 {
            Kind::Hebb { layer, .. } => Some(layer.output()),
            Kind::Backprop(stack) => stack.output(),
        }
    }

    /// Processes one batch. For operations, [`Learning::moments`] alone selects training or evaluation.
    pub(super) fn process(&mut self, backend: &B, batch: &Labelled<'_, B>, learning: Learning) -> Result<()> {
        let &Labelled {
            images,
            values,
            labels,
        } = batch;
        match &mut self.0 {
            Kind::Hebb { layer, teacher } => {
                let teacher = teacher.as_mut().filter(|_| learning != Learning::NONE);
                let teacher = teacher
                    .map(|teacher| teacher.signal(backend, images, labels, learning.weights))
                    .transpose()?;
                let input = Input {
                    images,
                    values,
                    teacher,
                };
                layer.process(backend, &input, learning)
            }
            Kind::Backprop(stack) => {
                let mode = if learning.moments {
                    Mode::Train
                } else {
                    Mode::Evaluate
                };
                stack.forward(backend, images, values, mode).map(drop)
            }
        }
    }

    /// The norm of the last ΔW over all weights, or of the last gradient over all parameters.
    pub(super) fn update_norm(&mut self, backend: &B) -> Result<f64> {
        match &mut self.0 {
            Kind::Hebb { layer, .. } => {
                let delta = host_of(backend, layer.delta(), layer.plan().weights())?;
                let squares = delta.iter().map(|value| f64::from(*value).powi(2));
                Ok(squares.sum::<f64>().sqrt())
            }
            Kind::Backprop(stack) => stack.gradient_norm(backend),
        }
    }

    pub(super) fn tensors(&self, backend: &B) -> Result<Tensors> {
        match &self.0 {
            Kind::Hebb { layer, .. } => layer.tensors(backend),
            Kind::Backprop(stack) => stack.tensors(backend),
        }
    }

    pub(super) fn restore(&mut self, backend: &B, tensors: &Tensors) -> Result<()> {
        match &mut self.0 {
            Kind::Hebb { layer, .. } => layer.restore(backend, tensors),
            Kind::Backprop(stack) => stack.restore(backend, tensors),
        }
    }
}
