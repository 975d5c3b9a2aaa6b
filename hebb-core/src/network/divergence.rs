//! Detection of layers with NaN or infinite weights.

use super::{Layer, Network};
use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::plan::Reduction;

impl<B: Backend> Network<B> {
    /// Checks after epoch `epoch`, counted from 1, that every weight and bias is finite.
    ///
    /// # Errors
    /// [`Error::Diverged`] names the first layer that is not, and the settings to change.
    pub fn check_weights(&self, epoch: u64) -> Result<()> {
        for (index, layer) in self.layers.iter().enumerate() {
            let tensors = layer.tensors(&*self.backend)?;
            let weights = tensors
                .iter()
                .filter(|(name, _)| name.ends_with("weight") || name.ends_with("bias"));
            let values = weights.flat_map(|(_, array)| array.iter().copied());
            if let Some(value) = values.into_iter().find(|value| !value.is_finite()) {
                return Err(Error::Diverged {
                    layer: index + 1,
                    epoch,
                    value,
                    remedy: remedy(index, layer)?,
                });
            }
        }
        Ok(())
    }
}

fn remedy<B: Backend>(index: usize, layer: &Layer<B>) -> Result<String> {
    let Some(layer) = layer.hebb() else {
        return Ok("lower the rate of backprop".to_owned());
    };
    let rate = layer.config().learning_rate.rate(layer.updates());
    let lower = format!("lower layers.{index}.learning-rate (now {rate})");
    Ok(match layer.config().setting()?.reduction {
        Reduction::Sum => format!("{lower} or set reduction = \"mean\""),
        _ => lower,
    })
}
