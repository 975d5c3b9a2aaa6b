//! What of a network is saved and restored.

use super::{Network, numbered};
use crate::backend::Backend;
use crate::error::Result;
use crate::layer::Tensors;

impl<B: Backend> Network<B> {
    /// Everything that must be kept, as `layers.INDEX.NAME`, indices from 0.
    ///
    /// # Errors
    /// The backend's own failure.
    pub fn tensors(&self) -> Result<Tensors> {
        let mut tensors = Tensors::new();
        for (index, layer) in self.layers.iter().enumerate() {
            let named = layer.tensors(&*self.backend)?.into_iter();
            tensors.extend(named.map(|(name, array)| (format!("layers.{index}.{name}"), array)));
        }
        Ok(tensors)
    }

    /// Restores what [`Self::tensors`] gave.
    ///
    /// # Errors
    /// The first layer whose arrays do not fit.
    pub fn restore(&mut self, tensors: &Tensors) -> Result<()> {
        (0..self.layers.len()).try_for_each(|layer| self.restore_layer(layer, tensors))
    }

    /// Restores one layer, from 0, from what [`Self::tensors`] of a network with the same layer in the same place gave.
    ///
    /// # Errors
    /// Arrays that are missing or do not fit.
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
