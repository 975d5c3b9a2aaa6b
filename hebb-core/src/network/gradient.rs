//! Learning by the gradient of a loss at the network's end.

use super::{Layer, Network, numbered, output_of};
use crate::backend::Backend;
use crate::backprop::{Optimizer, Stack, Totals, first_largest};
use crate::error::{Error, Result};
use crate::layer::Learning;
use crate::source::Batch;
use std::borrow::Cow;

impl<B: Backend> Network<B> {
    /// The first of the layers at the end that learn by backpropagation; their count where the last one does not.
    pub fn first_of_backprop(&self) -> usize {
        let trailing = self.layers.iter().rev();
        self.layers.len() - trailing.take_while(|layer| layer.backprop().is_some()).count()
    }

    /// A step of the layers from `first` on against the gradient of the softmax cross-entropy of the network's output; the
    /// layers below evaluate. [`Self::take_loss`] tells what the loss was.
    ///
    /// # Errors
    /// [`Error::Layer`] if one of the layers from `first` on learns by a rule of its own, an output that has positions,
    /// labels that are missing or no class, and as [`Self::process_labelled`].
    pub fn descend(&mut self, batch: Batch<'_>, first: usize, optimizer: &mut Optimizer) -> Result<()> {
        self.descend_from(0, batch, first, optimizer)
    }

    /// The same for what the layers below `input` would give; they are left out. See [`Self::process_from`].
    ///
    /// # Errors
    /// As [`Self::descend`].
    pub fn descend_from(
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

    /// The loss that all batches of [`Self::descend`] since the last call added up to; nothing else of it leaves the device.
    ///
    /// # Errors
    /// The backend's own failure.
    pub fn take_loss(&mut self) -> Result<Totals> {
        self.entropy.take_totals(&*self.backend)
    }

    /// Forgets what an optimizer remembered of the layers from `first` on, so that a new one starts afresh.
    ///
    /// # Errors
    /// The backend's own failure.
    pub fn forget(&mut self, first: usize) -> Result<()> {
        let Self { backend, layers, .. } = self;
        let mut stacks = layers[first..].iter_mut().filter_map(Layer::backprop_mut);
        stacks.try_for_each(|stack| stack.forget(&**backend))
    }

    /// The classes that the network's output gives to the last batch: the largest value of each image, the first of equals.
    ///
    /// # Errors
    /// An output that has positions, or the backend's own failure.
    pub fn predict(&self) -> Result<Vec<u16>> {
        let (logits, classes) = self.logits()?;
        let rows = logits.chunks_exact(classes.max(1));
        Ok(rows.map(|row| first_largest(row) as u16).collect())
    }

    /// The output of the last batch, and how many values of it an image has.
    fn logits(&self) -> Result<(Cow<'_, [f32]>, usize)> {
        let (classes, shape) = (self.classes()?, self.input_of(self.layers.len())?);
        let values = output_of(&self.layers).unwrap_or(&self.uploaded);
        Ok((self.values_on_host(values, shape)?, classes))
    }

    /// How many values the output has for an image.
    fn classes(&self) -> Result<usize> {
        let shape = self.input_of(self.layers.len())?;
        if shape.positions() == 1 {
            return Ok(shape.channels);
        }
        let expected = "one value for each class; end the network with a dense layer";
        Err(Error::shape(
            "the network's output",
            expected,
            format!("shape {shape}"),
        ))
    }

    /// The gradients of the layers from `first` on, from that of the loss down.
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
