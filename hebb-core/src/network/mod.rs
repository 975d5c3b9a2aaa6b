//! Networks: sequences of Hebbian layers and layers trained by backpropagation.

mod divergence;
mod gradient;
mod layer;
mod spec;
mod state;
mod teacher;
#[cfg(test)]
mod tests;

pub use layer::Layer;
pub use spec::LayerSpec;

use crate::backend::{Backend, buffer_of, values_of};
use crate::backprop::CrossEntropy;
use crate::error::{Error, Result, check_finite};
use crate::geometry::ImageShape;
use crate::layer::{HebbLayer, Learning};
use crate::readout::{FeatureMap, grid_means};
use crate::seed::Seed;
use crate::source::Batch;
use crate::tensors::{channels_first, channels_last_into};
use layer::Labelled;
use ndarray::{Array2, Array4, ArrayView4};
use std::borrow::Cow;
use std::sync::Arc;

/// A sequence of layers on one backend.
///
/// ```
/// use hebb_core::{RefBackend, Seed, geometry::ImageShape, layer::{LayerConfig, Learning}, network::Network};
/// use ndarray::Array4;
/// use std::sync::Arc;
///
/// let layers = [LayerConfig::conv(8, 5), LayerConfig::dense(10)];
/// let mut network = Network::new(Arc::new(RefBackend), ImageShape::new(1, 12, 12), &layers, Seed::new(0))?;
/// let images = Array4::from_shape_fn((4, 1, 12, 12), |(b, _, i, j)| (b + i * j) as f32 / 100.0);
/// network.process(images.view(), &[Learning::ALL; 2])?;
/// assert_eq!(network.output(1)?.dim(), (4, 10, 1, 1));
/// # Ok::<(), hebb_core::Error>(())
/// ```
///
/// A layer may also be a sequence of operations trained by backpropagation; [`Network::backprop_step`] trains the trailing
/// ones:
///
/// ```
/// use hebb_core::backprop::{Method, OpConfig, Optimizer};
/// use hebb_core::{RefBackend, Seed, geometry::ImageShape, layer::LayerConfig, source::Batch};
/// use hebb_core::network::{LayerSpec, Network};
/// use ndarray::Array4;
/// use std::sync::Arc;
///
/// let layers: [LayerSpec; 2] = [LayerConfig::conv(8, 5).into(), vec![OpConfig::dense(2)].into()];
/// let mut network = Network::new(Arc::new(RefBackend), ImageShape::new(1, 6, 6), &layers, Seed::new(0))?;
/// let images = Array4::from_shape_fn((4, 1, 6, 6), |(b, _, i, _)| ((b + i) % 2) as f32);
/// let batch = Batch { images: images.view(), labels: &[0, 1, 0, 1] };
/// let mut optimizer = Optimizer::new(Method::ADAM, 0.1)?;
/// let mut losses = Vec::new();
/// for _ in 0..20 {
///     network.backprop_step(batch, 1, &mut optimizer)?;
///     losses.push(network.take_loss()?.mean);
/// }
/// assert!(losses[19] < losses[0]);
/// # Ok::<(), hebb_core::Error>(())
/// ```
#[derive(Debug)]
pub struct Network<B: Backend> {
    backend: Arc<B>,
    input: ImageShape,
    layers: Vec<Layer<B>>,
    /// Buffer for the conversion of images to channels last.
    host: Vec<f32>,
    /// The last batch, channels last.
    uploaded: B::Buffer,
    images: usize,
    /// The loss of [`Self::backprop_step`].
    entropy: CrossEntropy<B>,
}

impl<B: Backend> Network<B> {
    /// A network with random weights for images of shape `input`.
    ///
    /// # Errors
    /// [`Error::Layer`] for the first layer that cannot be built, or [`Error::OutOfMemory`].
    pub fn new<S>(backend: Arc<B>, input: ImageShape, layers: &[S], seed: Seed) -> Result<Self>
    where
        S: Clone + Into<LayerSpec>,
    {
        let mut built: Vec<Layer<B>> = Vec::with_capacity(layers.len());
        let mut shape = input;
        for (index, spec) in layers.iter().enumerate() {
            let layer = Layer::new(&*backend, spec.clone().into(), shape, seed, index);
            let layer = layer.map_err(|source| numbered(index, source))?;
            shape = layer.output_shape()?;
            built.push(layer);
        }
        Ok(Self {
            input,
            layers: built,
            host: Vec::new(),
            uploaded: backend.zeros(0)?,
            images: 0,
            entropy: CrossEntropy::new(&*backend, shape.channels)?,
            backend,
        })
    }

    /// The backend, which several networks may share.
    pub fn backend(&self) -> &Arc<B> {
        &self.backend
    }

    /// The shape of an input image.
    pub fn input(&self) -> ImageShape {
        self.input
    }

    /// The layers.
    pub fn layers(&self) -> &[Layer<B>] {
        &self.layers
    }

    /// The Hebbian layers.
    pub fn hebb_layers(&self) -> impl Iterator<Item = &HebbLayer<B>> {
        self.layers.iter().filter_map(Layer::hebb)
    }

    /// The input shape of a layer for one image; for the index after the last layer, the shape of the network's output.
    ///
    /// # Errors
    /// None for a network that was built.
    pub fn input_of(&self, layer: usize) -> Result<ImageShape> {
        match layer.checked_sub(1) {
            None => Ok(self.input),
            Some(before) => self.layers[before].output_shape(),
        }
    }

    /// Sets the number of classes of the labels; 0 for unlabelled images.
    ///
    /// A layer whose rule has a teacher divides its units among the classes, [`units_per_class`] for each.
    ///
    /// [`units_per_class`]: crate::layer::LayerConfig::units_per_class
    ///
    /// # Errors
    /// [`Error::Layer`] for the first layer whose units cannot be divided among the classes.
    pub fn set_classes(&mut self, classes: usize) -> Result<()> {
        for (index, layer) in self.layers.iter_mut().enumerate() {
            if let Some(teacher) = layer.teacher_mut() {
                teacher
                    .set_classes(classes)
                    .map_err(|source| numbered(index, source))?;
            }
        }
        Ok(())
    }

    /// Passes images (B, C, H, W) through as many layers as `learning` has entries; each layer updates what its entry
    /// enables.
    ///
    /// # Errors
    /// [`Error::Shape`] or [`Error::NotFinite`] for the images, [`Error::Incompatible`] for a layer that needs labels, or
    /// an error of the backend.
    pub fn process(&mut self, images: ArrayView4<'_, f32>, learning: &[Learning]) -> Result<()> {
        let labels = &[];
        self.process_labelled(Batch { images, labels }, learning)
    }

    /// [`Self::process`] with labels, from which layers with a teacher get their signal; see [`Self::set_classes`].
    ///
    /// # Errors
    /// As [`Self::process`], and labels that are missing or not below the number of classes.
    pub fn process_labelled(&mut self, batch: Batch<'_>, learning: &[Learning]) -> Result<()> {
        self.process_from(0, batch, learning)
    }

    /// [`Self::process_labelled`] from layer `first` on: the batch is the output of the layers below, (B, C, H, W), and
    /// their entries of `learning` are ignored.
    ///
    /// # Errors
    /// As [`Self::process_labelled`].
    pub fn process_from(&mut self, first: usize, batch: Batch<'_>, learning: &[Learning]) -> Result<()> {
        self.upload(first, batch.images)?;
        for (index, learning) in learning.iter().enumerate().take(self.layers.len()).skip(first) {
            let (before, rest) = self.layers.split_at_mut(index);
            let input = Labelled {
                images: self.images,
                values: output_of(&before[first..]).unwrap_or(&self.uploaded),
                labels: batch.labels,
            };
            rest[0].process(&*self.backend, &input, *learning)?;
        }
        Ok(())
    }

    /// Sets the training progress of a layer, or of all, from 0 to 1; see [`HebbLayer::advance`].
    pub fn advance(&mut self, layer: Option<usize>, done: f32) {
        let learns = |index: usize| layer.is_none_or(|layer| layer == index);
        let layers = self.layers.iter_mut().enumerate();
        layers
            .filter(|(index, _)| learns(*index))
            .filter_map(|(_, layer)| layer.hebb_mut())
            .for_each(|layer| layer.advance(done));
    }

    /// The output (B, C, H, W) of a layer for the last batch.
    ///
    /// # Errors
    /// An error of the backend.
    pub fn output(&self, layer: usize) -> Result<Array4<f32>> {
        let shape = self.input_of(layer + 1)?;
        let host = self.output_channels_last(layer)?;
        Ok(channels_first(&host, shape.channels, shape.height, shape.width))
    }

    /// The output of a layer for the last batch, channels last (B, H, W, C); borrowed where the backend permits it.
    ///
    /// # Errors
    /// An error of the backend.
    pub fn output_channels_last(&self, layer: usize) -> Result<Cow<'_, [f32]>> {
        self.values_on_host(self.values(layer), self.input_of(layer + 1)?)
    }

    /// Features (B, F) of a layer for the last batch.
    ///
    /// # Errors
    /// [`Error::Geometry`] if the grid is finer than the output, or an error of the backend.
    pub fn features(&self, layer: usize, map: FeatureMap) -> Result<Array2<f32>> {
        let shape = self.input_of(layer + 1)?;
        let next = self.layers.get(layer + 1).filter(|_| map.as_next_input);
        let normalized = next.and_then(Layer::hebb).and_then(HebbLayer::normalized_input);
        let host = self.values_on_host(normalized.unwrap_or_else(|| self.values(layer)), shape)?;
        grid_means(&host, shape, map.grid)
    }

    /// The norm of each layer's last ΔW over all weights; for backpropagation, the norm of the last gradient.
    ///
    /// # Errors
    /// An error of the backend.
    pub fn update_norms(&mut self) -> Result<Vec<f64>> {
        let norm = |layer: &mut Layer<B>| layer.update_norm(&*self.backend);
        self.layers.iter_mut().map(norm).collect()
    }

    /// The output of a layer on the device.
    fn values(&self, layer: usize) -> &B::Buffer {
        output_of(&self.layers[..=layer]).unwrap_or(&self.uploaded)
    }

    /// The values of the last batch in a buffer, images of shape `shape`.
    fn values_on_host<'b>(&self, values: &'b B::Buffer, shape: ImageShape) -> Result<Cow<'b, [f32]>> {
        values_of(&*self.backend, values, self.images * shape.len())
    }

    fn upload(&mut self, first: usize, images: ArrayView4<'_, f32>) -> Result<()> {
        let (count, channels, height, width) = images.dim();
        let (found, expected) = (ImageShape::new(channels, height, width), self.input_of(first)?);
        if found != expected {
            return Err(Error::shape("the images", format!("shape {expected}"), found));
        }
        // Channels-last images are uploaded in place.
        let values = match images.permuted_axes([0, 2, 3, 1]).to_slice() {
            Some(values) => values,
            None => {
                channels_last_into(images, &mut self.host);
                &self.host
            }
        };
        check_finite("the images", values)?;
        if self.backend.len(&self.uploaded) < values.len() {
            self.uploaded = buffer_of(&*self.backend, values)?;
        } else {
            self.backend.upload(values, &mut self.uploaded)?;
        }
        self.images = count;
        Ok(())
    }
}

/// The output of these layers; `None` if all of them pass on their input.
fn output_of<B: Backend>(layers: &[Layer<B>]) -> Option<&B::Buffer> {
    layers.iter().rev().find_map(Layer::output)
}

fn numbered(index: usize, source: Error) -> Error {
    Error::Layer {
        layer: index + 1,
        source: Box::new(source),
    }
}
