//! Features of layers, computed batch by batch.

use crate::Result;
use crate::experiment::config::{Protocol, ReadoutConfig};
use crate::experiment::data::Source;
use hebb_core::Backend;
use hebb_core::layer::Learning;
use hebb_core::network::Network;
use hebb_core::readout::Fitted;
use hebb_core::source::{BatchSource, Order};
use ndarray::Array2;

/// The layers that are read out, and the settings of the readout.
#[derive(Clone, Debug)]
pub struct Reading<'a> {
    /// Settings of the readout.
    pub config: &'a ReadoutConfig,
    /// Layers that are read out, from 0.
    pub layers: Vec<usize>,
    /// Batch size.
    pub batch: usize,
}

/// A fitted classifier of one layer.
pub(super) struct Readout {
    /// Index into [`Reading::layers`].
    pub(super) place: usize,
    pub(super) classifier: &'static str,
    pub(super) fitted: Fitted,
}

/// Callback for the features of a batch: index into [`Reading::layers`], features (B, F), labels.
pub type FeatureSink<'a> = dyn FnMut(usize, Array2<f32>, &[u16]) -> hebb_core::Result<()> + 'a;

/// Calls `each` with the features of each layer that is read, for every batch.
///
/// # Errors
/// The source's, the network's, or the first of `each`.
pub fn pass<B: Backend>(
    network: &mut Network<B>,
    source: &mut Source,
    reading: &Reading<'_>,
    each: &mut FeatureSink<'_>,
) -> Result<()> {
    let Reading {
        config,
        layers,
        batch,
    } = reading;
    let (order, learning) = match config.protocol {
        Protocol::Frozen => (Order::Stored, Learning::NONE),
        Protocol::Author => (
            Order::Epoch(0),
            Learning {
                thresholds: true,
                ..Learning::NONE
            },
        ),
    };
    // Features may be what the layer above makes of the output.
    let above = layers.iter().max().map_or(0, |last| last + 2);
    let learning = vec![learning; above.min(network.layers().len())];
    source.for_each(order, *batch, &mut |batch| {
        network.process(batch.images, &learning)?;
        let mut layers = layers.iter().enumerate();
        layers.try_for_each(|(place, &layer)| {
            each(place, network.features(layer, config.features)?, batch.labels)
        })
    })?;
    Ok(())
}
