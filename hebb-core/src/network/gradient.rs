//! Backpropagation through the trailing layers of a network.

use super::{Layer, Network, numbered, output_of};
use crate::backend::{Backend, first_largest};
use crate::backprop::{Optimizer, Stack, Totals};
use crate::error::{Error, Result};
use crate::layer::Learning;
use crate::source::Batch;
use std::borrow::Cow;

impl<B: Backend> Network<B> {
    /// The index of the first of the trailing layers trained by backpropagation; the number of layers if there are none.
    pub fn first_backprop_layer(&self) -> usize {
        let trailing = self.layers.iter().rev();
        self.layers.len() - trailing.take_while(|layer| layer.backprop().is_some()).count()
    }

    /// Trains the layers from `first` on by one optimizer step on the softmax cross-entropy of the network's output. The
    /// layers below evaluate. [`Self::take_loss`] returns the loss.
    ///
    /// # Errors
    /// [`Error::Layer`] if a layer from `first` on is Hebbian, [`Error::Shape`] for an output with positions or missing
    /// labels, and as [`Self::process_labelled`].
    pub fn backprop_step(&mut self, batch: Batch<'_>, first: usize, optimizer: &mut Optimizer) -> Result<()> {
        self.backprop_step_from(0, batch, first, optimizer)
    }

    /// [`Self::backprop_step`] for a batch that is the output of the layers below `input`; see [`Self::process_from`].
    ///
    /// # Errors
    /// As [`Self::backprop_step`].
    pub fn backprop_step_from(
        &mut self,
        input: usize,
        batch: Batch<'_>,
        first: usize,
        optimizer: &mut Optimizer,
    ) -> Result<()> {
        if let Some(at) = (first..self.layers.len()).find(|at| self.layers[*at].backprop().is_none()) {
            return Err(numbered(at, not_by_gradient()));
        }
        self.classes()?;
        let mut learning = vec![Learning::NONE; self.layers.len()];
        learning[first..].fill(Learning::ALL);
        self.process_from(input, batch, &learning)?;
        if batch.labels.len() != self.images {
            return Err(Error::shape("the labels", self.images, batch.labels.len()));
        }
        self.propagate(input, first, batch.labels)?;
        let stacks = self.layers[first..].iter_mut().filter_map(Layer::backprop_mut);
        optimizer.step(&*self.backend, stacks.flat_map(Stack::parameters))
    }

    /// The accumulated loss of all batches of [`Self::backprop_step`] since the last call. Only the totals leave the
    /// device.
    ///
    /// # Errors
    /// An error of the backend.
    pub fn take_loss(&mut self) -> Result<Totals> {
        self.entropy.take_totals(&*self.backend)
    }

    /// Resets the optimizer state of the layers from `first` on.
    ///
    /// # Errors
    /// An error of the backend.
    pub fn reset_optimizer(&mut self, first: usize) -> Result<()> {
        let Self { backend, layers, .. } = self;
        let mut stacks = layers[first..].iter_mut().filter_map(Layer::backprop_mut);
        stacks.try_for_each(|stack| stack.reset_optimizer(&**backend))
    }

    /// The predicted class of each image of the last batch: the index of the largest output, the first of equal ones.
    ///
    /// # Errors
    /// [`Error::Shape`] for an output with positions, or an error of the backend.
    pub fn predict(&self) -> Result<Vec<u16>> {
        let (logits, classes) = self.logits()?;
        let rows = logits.chunks_exact(classes.max(1));
        Ok(rows.map(|row| first_largest(row) as u16).collect())
    }

    /// The output for the last batch, and its number of values per image.
    fn logits(&self) -> Result<(Cow<'_, [f32]>, usize)> {
        let (classes, shape) = (self.classes()?, self.input_of(self.layers.len())?);
        let values = output_of(&self.layers).unwrap_or(&self.uploaded);
        Ok((self.values_on_host(values, shape)?, classes))
    }

    /// Number of classes: the values of the output for one image.
    fn classes(&self) -> Result<usize> {
        let shape = self.input_of(self.layers.len())?;
        if shape.positions() == 1 {
            return Ok(shape.channels);
        }
        let expected = "one value per class (end the network with a dense layer)";
        Err(Error::shape(
            "the network's output",
            expected,
            format!("shape {shape}"),
        ))
    }

    /// Propagates the gradient of the loss down to layer `first`.
    fn propagate(&mut self, input: usize, first: usize, labels: &[u16]) -> Result<()> {
        let Self {
            backend,
            layers,
            uploaded,
            images,
            entropy,
            ..
        } = self;
        let logits = output_of(&layers[input..]).unwrap_or(uploaded);
        let mut gradient = entropy.gradient(&**backend, logits, labels)?;
        let mut rest = layers.as_mut_slice();
        while let Some((last, before)) = std::mem::take(&mut rest).split_last_mut() {
            let at = before.len();
            if at < first {
                break;
            }
            let Some(stack) = last.backprop_mut() else {
                return Err(numbered(at, not_by_gradient()));
            };
            let values = output_of(&before[input.min(at)..]).unwrap_or(uploaded);
            if at == first {
                return stack.backward(&**backend, *images, values, gradient);
            }
            gradient = stack.backward_through(&**backend, *images, values, gradient)?;
            rest = before;
        }
        Ok(())
    }
}

fn not_by_gradient() -> Error {
    Error::Incompatible {
        first: "a Hebbian layer".to_owned(),
        second: "backpropagation".to_owned(),
        reason:
            "no gradient passes through competition; train the layers above it, or make it a backprop layer"
                .to_owned(),
    }
}
