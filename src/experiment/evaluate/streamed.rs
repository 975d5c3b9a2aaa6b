//! Ridge regression alone, fitted on sums over the training images, so that no training features are kept.

use super::kept::Features;
use super::reading::{Reading, Readout, pass};
use crate::Result;
use crate::experiment::data::{Data, Source};
use hebb_core::Backend;
use hebb_core::network::Network;
use hebb_core::readout::{Examples, RidgeRegression, RidgeStream, RidgeSums};
use std::sync::Arc;

/// Fits every ridge regression to every layer.
pub(super) fn fit<B: Backend>(
    network: &mut Network<B>,
    data: &mut Data,
    reading: &Reading<'_>,
    ridges: &[&RidgeRegression],
) -> Result<Vec<Readout>> {
    let classes = data.classes.len();
    let (train, _) = gather(network, &mut data.train, reading, classes, false)?;
    let (validation, kept) = gather(network, data.held_out()?, reading, classes, true)?;
    let mut readouts = Vec::new();
    for (place, ((train, validation), kept)) in train.iter().zip(&validation).zip(&kept).enumerate() {
        let held_out = Examples {
            features: kept.matrix()?,
            labels: kept.labels(),
            classes,
        };
        for ridge in ridges {
            readouts.push(Readout {
                place,
                classifier: "ridge",
                fitted: ridge.fit_sums(train, validation, held_out)?,
            });
        }
    }
    Ok(readouts)
}

/// The sums over a source's images for each layer and, with `keep`, their features.
fn gather<B: Backend>(
    network: &mut Network<B>,
    source: &mut Source,
    reading: &Reading<'_>,
    classes: usize,
    keep: bool,
) -> Result<(Vec<RidgeSums>, Vec<Features>)> {
    let backend = Arc::clone(network.backend());
    let mut kept = vec![Features::default(); reading.layers.len()];
    let mut streams: Vec<RidgeStream> = Vec::new();
    pass(network, source, reading, &mut |place, features, labels| {
        if streams.len() == place {
            streams.push(RidgeStream::new(features.ncols(), classes));
        }
        if keep {
            kept[place].push(&features, labels);
        }
        streams[place].add(&*backend, features.view(), labels)
    })?;
    let sums = streams.into_iter().map(|stream| stream.finish(&*backend));
    Ok((sums.collect::<hebb_core::Result<_>>()?, kept))
}
