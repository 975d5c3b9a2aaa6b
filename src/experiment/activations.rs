//! What frozen layers give for every image, computed once.

use crate::Result;
use hebb_core::geometry::ImageShape;
use hebb_core::layer::Learning;
use hebb_core::network::Network;
use hebb_core::source::{Batch, ImageSource, Order};
use hebb_core::{Backend, Seed};
use hebb_data::batches::shuffled;
use ndarray::{Array4, ArrayView4, Axis, Slice};

/// The inputs of a layer for all images of a source that it hands out unaltered, in the same order in every epoch as the
/// source itself.
#[derive(Debug)]
pub(super) struct Activations {
    values: Array4<f32>,
    labels: Vec<u16>,
    classes: usize,
    seed: Seed,
}

impl Activations {
    /// Memory that the inputs of `layer` for all images of a source take, in bytes.
    pub(super) fn bytes<B: Backend>(network: &Network<B>, layer: usize, images: usize) -> Result<usize> {
        Ok(network.input_of(layer)?.len() * images * size_of::<f32>())
    }

    /// The inputs of `layer`, from batches of `batch` images.
    pub(super) fn of<B: Backend>(
        network: &mut Network<B>,
        layer: usize,
        source: &mut dyn ImageSource,
        batch: usize,
        seed: Seed,
    ) -> Result<Self> {
        let ImageShape {
            channels,
            height,
            width,
        } = network.input_of(layer)?;
        let mut values = Array4::zeros((source.images(), channels, height, width));
        let mut labels = Vec::with_capacity(source.images());
        let frozen = vec![Learning::NONE; layer];
        let mut done = 0;
        source.for_each(Order::Stored, batch, &mut |batch| {
            network.process(batch.images, &frozen)?;
            let rows = Slice::from(done..done + batch.images.dim().0);
            values
                .slice_axis_mut(Axis(0), rows)
                .assign(&network.output(layer - 1)?);
            labels.extend_from_slice(batch.labels);
            done += batch.images.dim().0;
            Ok(())
        })?;
        Ok(Self {
            values,
            labels,
            classes: source.classes(),
            seed,
        })
    }

    fn labels_at(&self, rows: &[usize]) -> Vec<u16> {
        rows.iter()
            .filter_map(|row| self.labels.get(*row).copied())
            .collect()
    }
}

impl ImageSource for Activations {
    fn shape(&self) -> ImageShape {
        let (_, channels, height, width) = self.values.dim();
        ImageShape::new(channels, height, width)
    }

    fn images(&self) -> usize {
        self.values.dim().0
    }

    fn classes(&self) -> usize {
        self.classes
    }

    fn for_each(
        &mut self,
        order: Order,
        batch: usize,
        each: &mut dyn FnMut(Batch<'_>) -> hebb_core::Result<()>,
    ) -> hebb_core::Result<()> {
        let order = match order {
            Order::Stored => (0..self.images()).collect(),
            Order::Epoch(epoch) => shuffled(self.images(), self.seed, epoch),
        };
        order.chunks(batch).try_for_each(|rows| {
            crate::interrupt::check().map_err(|error| hebb_core::Error::Data(Box::new(error)))?;
            let images = self.values.select(Axis(0), rows);
            let images: ArrayView4<'_, f32> = images.view();
            each(Batch {
                images,
                labels: &self.labels_at(rows),
            })
        })
    }
}
