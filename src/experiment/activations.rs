//! Activations of frozen layers, computed once for every image.

use crate::{Result, interrupt};
use hebb_core::geometry::ImageShape;
use hebb_core::layer::Learning;
use hebb_core::network::Network;
use hebb_core::source::{Batch, BatchSource, Order};
use hebb_core::{Backend, Error as CoreError, Seed};
use hebb_data::batches::{ahead, shuffled};
use ndarray::ArrayView4;

/// The inputs of a layer for all images of a source, as a source of its own; its epochs are shuffled like those of the
/// original source.
#[derive(Debug)]
pub(super) struct Activations {
    all: Images,
    shape: ImageShape,
    images: usize,
    classes: usize,
    seed: Seed,
}

/// Images with their labels, channels last.
#[derive(Debug, Default)]
struct Images {
    /// (B, H, W, C).
    values: Vec<f32>,
    /// Empty for images without labels.
    labels: Vec<u16>,
}

impl Activations {
    /// Memory of the inputs of `layer` for `images` images, in bytes.
    pub(super) fn bytes<B: Backend>(network: &Network<B>, layer: usize, images: usize) -> Result<usize> {
        Ok(network.input_of(layer)?.len() * images * size_of::<f32>())
    }

    /// Computes the inputs of `layer` in batches of `batch` images.
    pub(super) fn of<B: Backend>(
        network: &mut Network<B>,
        layer: usize,
        source: &mut dyn BatchSource,
        batch: usize,
        seed: Seed,
    ) -> Result<Self> {
        let (shape, images) = (network.input_of(layer)?, source.images());
        let mut all = Images::default();
        all.values.reserve_exact(images * shape.len());
        let frozen = vec![Learning::NONE; layer];
        source.for_each(Order::Stored, batch, &mut |batch| {
            network.process(batch.images, &frozen)?;
            all.values
                .extend_from_slice(&network.output_channels_last(layer - 1)?);
            all.labels.extend_from_slice(batch.labels);
            Ok(())
        })?;
        Ok(Self {
            all,
            shape,
            images,
            classes: source.classes(),
            seed,
        })
    }

    /// Copies the images at `rows` into a buffer.
    fn gather(&self, buffer: &mut Images, rows: &[usize]) {
        let (all, len) = (&self.all, self.shape.len());
        buffer.values.clear();
        for row in rows {
            buffer.values.extend_from_slice(&all.values[row * len..][..len]);
        }
        buffer.labels.clear();
        buffer
            .labels
            .extend(rows.iter().filter_map(|row| all.labels.get(*row)));
    }
}

impl Images {
    /// A view (B, C, H, W) of the channels-last values.
    fn view(&self, shape: ImageShape) -> hebb_core::Result<ArrayView4<'_, f32>> {
        let (images, channels, height, width) = shape.batch(self.values.len() / shape.len());
        let images = ArrayView4::from_shape((images, height, width, channels), &self.values)
            .map_err(|error| CoreError::shape("the kept activations", shape, error))?;
        Ok(images.permuted_axes([0, 3, 1, 2]))
    }
}

impl BatchSource for Activations {
    fn shape(&self) -> ImageShape {
        self.shape
    }

    fn images(&self) -> usize {
        self.images
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
            Order::Stored => (0..self.images).collect(),
            Order::Epoch(epoch) => shuffled(self.images, self.seed, epoch),
        };
        let fill = |buffer: &mut Images, rows: &[usize]| -> hebb_core::Result<()> {
            self.gather(buffer, rows);
            Ok(())
        };
        ahead(&mut Default::default(), order.chunks(batch), fill, |buffer| {
            interrupt::check()?;
            each(Batch {
                images: buffer.view(self.shape)?,
                labels: &buffer.labels,
            })
        })
    }
}
