//! Features of layers, read batch by batch, and what classifies them.

use crate::Result;
use crate::experiment::config::{Protocol, ReadoutConfig};
use crate::experiment::data::Source;
use hebb_core::Backend;
use hebb_core::layer::Learning;
use hebb_core::network::Network;
use hebb_core::readout::Fitted;
use hebb_core::source::{BatchSource, Order};
use ndarray::Array2;

/// Which features are read, and how.
#[derive(Clone, Debug)]
pub struct Reading<'a> {
    /// From outputs to features, and what adapts meanwhile.
    pub config: &'a ReadoutConfig,
    /// The layers that are read, counted from 0.
    pub layers: Vec<usize>,
    /// Images in a batch.
    pub batch: usize,
}

/// What reads one layer out.
pub(super) struct Readout {
    /// Its place among the layers that are read.
    pub(super) place: usize,
    pub(super) classifier: &'static str,
    pub(super) fitted: Fitted,
}

/// What takes the features of a batch: the layer's place among those that are read, features (B, F) and labels.
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
