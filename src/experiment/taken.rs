//! Restoring layers from another run.

use super::{Experiment, PretrainedLayers, Run};
use crate::{Error, Result};
use hebb_core::Backend;
use hebb_core::network::Network;

impl PretrainedLayers {
    /// Restores the layers of `network` from the run.
    pub(super) fn restore<B: Backend>(
        &self,
        experiment: &Experiment,
        network: &mut Network<B>,
    ) -> Result<()> {
        let run = Run::open(&self.run)?;
        self.check(experiment, &run.experiment()?)?;
        let weights = run.weights()?;
        self.layers
            .iter()
            .try_for_each(|layer| Ok(network.restore_layer(layer - 1, &weights)?))
    }

    /// Checks that both runs have the same layers and the same training images.
    fn check(&self, here: &Experiment, there: &Experiment) -> Result<()> {
        for &layer in &self.layers {
            let index = layer.wrapping_sub(1);
            if here.layers.get(index).is_none() || here.layers.get(index) != there.layers.get(index) {
                return self.refuse(format!(
                    "its layer {layer} differs from layer {layer} here; give both the same configuration"
                ));
            }
        }
        let images = |experiment: &Experiment| {
            let data = &experiment.data;
            let splits = (data.dataset.clone(), data.validation, data.limit, experiment.seed);
            (splits, data.preprocess.clone())
        };
        if images(here) == images(there) {
            return Ok(());
        }
        // Else its layers may have learned from images that are held out here, or from others than they will see.
        self.refuse(
            "it was trained with another dataset, split, seed or preprocessing; train it with this one"
                .to_owned(),
        )
    }

    fn refuse(&self, problem: String) -> Result<()> {
        Err(Error::format(&self.run, problem))
    }
}
