//! Network state as named arrays, for checkpoints.

use super::{Network, numbered};
use crate::backend::Backend;
use crate::error::Result;
use crate::tensors::Tensors;

impl<B: Backend> Network<B> {
    /// The state of all layers, named `layers.INDEX.NAME`, indices from 0.
    ///
    /// # Errors
    /// An error of the backend.
    pub fn tensors(&self) -> Result<Tensors> {
        let mut tensors = Tensors::new();
        for (index, layer) in self.layers.iter().enumerate() {
            let named = layer.tensors(&*self.backend)?.into_iter();
            tensors.extend(named.map(|(name, array)| (format!("layers.{index}.{name}"), array)));
        }
        Ok(tensors)
    }

    /// Restores the state of all layers from [`Self::tensors`].
    ///
    /// # Errors
    /// [`Error::Layer`](crate::Error::Layer) for the first layer with missing or mismatched arrays.
    pub fn restore(&mut self, tensors: &Tensors) -> Result<()> {
        (0..self.layers.len()).try_for_each(|layer| self.restore_layer(layer, tensors))
    }

    /// Restores one layer, counted from 0, from [`Self::tensors`] of a network with the same layer at the same index.
    ///
    /// # Errors
    /// [`Error::Layer`](crate::Error::Layer) for missing or mismatched arrays.
    pub fn restore_layer(&mut self, layer: usize, tensors: &Tensors) -> Result<()> {
        let prefix = format!("layers.{layer}.");
        let own = tensors
            .iter()
            .filter_map(|(name, array)| Some((name.strip_prefix(&prefix)?.to_owned(), array.clone())));
        self.layers[layer]
            .restore(&*self.backend, &own.collect())
            .map_err(|source| numbered(layer, source))
    }
}
