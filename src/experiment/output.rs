//! How well a network's own output tells the classes apart.

use hebb_core::layer::Learning;
use hebb_core::network::{Layer, Network};
use hebb_core::source::{BatchSource, Order};
use hebb_core::{Backend, Result};

/// Whether the last layer has a value for each class and was told the classes: by a loss, or by a teacher.
pub(super) fn classifies<B: Backend>(network: &Network<B>, classes: usize) -> Result<bool> {
    let shape = network.input_of(network.layers().len())?;
    let told = network.layers().last().is_some_and(Layer::uses_labels);
    Ok(told && shape.positions() == 1 && shape.channels == classes)
}

/// The share of a source's images whose class the network's output names; the images are inputs of layer `input`, from 0.
pub(super) fn accuracy<B: Backend>(
    network: &mut Network<B>,
    input: usize,
    source: &mut dyn BatchSource,
    batch: usize,
) -> Result<f64> {
    let learning = vec![Learning::NONE; network.layers().len()];
    let (mut correct, mut seen) = (0, 0);
    source.for_each(Order::Stored, batch, &mut |batch| {
        network.process_from(input, batch, &learning)?;
        let found = network.predict()?;
        correct += found
            .iter()
            .zip(batch.labels)
            .filter(|(found, label)| found == label)
            .count();
        seen += batch.labels.len();
        Ok(())
    })?;
    Ok(correct as f64 / seen.max(1) as f64)
}
