//! Accuracy of a network's own output as a classifier.

use hebb_core::layer::Learning;
use hebb_core::network::{Layer, Network};
use hebb_core::source::{BatchSource, Order};
use hebb_core::{Backend, Result};

/// Returns true if the last layer has one value per class and learned from labels, by a loss or a teacher signal.
pub(super) fn classifies<B: Backend>(network: &Network<B>, classes: usize) -> Result<bool> {
    let shape = network.input_of(network.layers().len())?;
    let labelled = network.layers().last().is_some_and(Layer::uses_labels);
    Ok(labelled && shape.positions() == 1 && shape.channels == classes)
}

/// Accuracy of the network's output on a source, from 0 to 1; the images are inputs of layer `input`, from 0.
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
