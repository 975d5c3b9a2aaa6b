//! Networks of Hebbian layers.

mod teacher;

use crate::backend::{Backend, buffer_of, host_of};
use crate::error::{Error, Result, check_finite};
use crate::geometry::ImageShape;
use crate::layer::{HebbLayer, Input, LayerConfig, Learning, Tensors, channels_first, channels_last_into};
use crate::readout::{FeatureMap, grid_means};
use crate::seed::Seed;
use crate::source::Batch;
use ndarray::{Array2, Array4, ArrayView4};
use std::sync::Arc;
use teacher::Teacher;

/// Layers in a row on one backend, each taking the former one's output.
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
#[derive(Debug)]
pub struct Network<B: Backend> {
    backend: Arc<B>,
    input: ImageShape,
    layers: Vec<HebbLayer<B>>,
    /// For each layer whose rule has one.
    teachers: Vec<Option<Teacher<B>>>,
    /// The last batch, channels last, on the host and on the device.
    host: Vec<f32>,
    uploaded: B::Buffer,
    images: usize,
}

impl<B: Backend> Network<B> {
    /// Random layers for images of shape `input`.
    ///
    /// # Errors
    /// The first layer that does not fit, by its number from 1, or [`Error::OutOfMemory`].
    pub fn new(backend: Arc<B>, input: ImageShape, layers: &[LayerConfig], seed: Seed) -> Result<Self> {
        let mut built: Vec<HebbLayer<B>> = Vec::with_capacity(layers.len());
        let mut shape = input;
        for (index, config) in layers.iter().enumerate() {
            let layer = HebbLayer::new(&*backend, config.clone(), shape, seed, index).map_err(|source| {
                Error::Layer {
                    layer: index + 1,
                    source: Box::new(source),
                }
            })?;
            shape = layer.output_shape()?;
            built.push(layer);
        }
        let uploaded = backend.zeros(0)?;
        let teachers = built.iter().map(|layer| Teacher::of(&*backend, layer));
        Ok(Self {
            teachers: teachers.collect::<Result<_>>()?,
            backend,
            input,
            layers: built,
            host: Vec::new(),
            uploaded,
            images: 0,
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
    pub fn layers(&self) -> &[HebbLayer<B>] {
        &self.layers
    }

    /// Says how many classes the labels of [`Self::process_labelled`] tell apart; 0 if there will be none.
    ///
    /// A layer whose rule has a teacher divides its units among them, [`LayerConfig::units_per_class`] for each.
    ///
    /// # Errors
    /// The first layer whose teacher can make no signal of so many classes, by its number from 1.
    pub fn set_classes(&mut self, classes: usize) -> Result<()> {
        let teachers = self.teachers.iter_mut().enumerate();
        for (index, teacher) in teachers.filter_map(|(index, teacher)| Some((index, teacher.as_mut()?))) {
            teacher.divide(classes).map_err(|source| Error::Layer {
                layer: index + 1,
                source: Box::new(source),
            })?;
        }
        Ok(())
    }

    /// Images (B, C, H, W) through as many layers as `learning` has entries, each learning what its entry says.
    ///
    /// # Errors
    /// Images of another shape or that are not finite, a layer that should learn from a teacher, or the backend's own
    /// failure.
    pub fn process(&mut self, images: ArrayView4<'_, f32>, learning: &[Learning]) -> Result<()> {
        let labels = &[];
        self.process_labelled(Batch { images, labels }, learning)
    }

    /// The same with labels, which speak to the layers whose rule has a teacher; see [`Self::set_classes`].
    ///
    /// # Errors
    /// As [`Self::process`], and labels that are missing or name no class where a layer learns from its teacher.
    pub fn process_labelled(&mut self, batch: Batch<'_>, learning: &[Learning]) -> Result<()> {
        self.upload(batch.images)?;
        for (index, learning) in learning.iter().take(self.layers.len()).enumerate() {
            let (before, rest) = self.layers.split_at_mut(index);
            let values = before.last().map_or(&self.uploaded, |layer| layer.output());
            let teacher = self.teachers[index]
                .as_mut()
                .filter(|_| *learning != Learning::NONE);
            let teacher = teacher
                .map(|teacher| teacher.signal(&*self.backend, self.images, batch.labels, learning.weights))
                .transpose()?;
            let input = Input {
                images: self.images,
                values,
                teacher,
            };
            rest[0].process(&*self.backend, &input, *learning)?;
        }
        Ok(())
    }

    /// Tells a layer, or all of them, which share of its training, from 0 to 1, is done; see [`HebbLayer::advance`].
    pub fn advance(&mut self, layer: Option<usize>, done: f32) {
        let learns = |index: usize| layer.is_none_or(|layer| layer == index);
        let layers = self.layers.iter_mut().enumerate();
        layers
            .filter(|(index, _)| learns(*index))
            .for_each(|(_, layer)| layer.advance(done));
    }

    /// The output (B, C, H, W) of a layer for the last batch.
    ///
    /// # Errors
    /// The backend's own failure.
    pub fn output(&self, layer: usize) -> Result<Array4<f32>> {
        let shape = self.layers[layer].output_shape()?;
        let host = host_of(
            &*self.backend,
            self.layers[layer].output(),
            self.images * shape.len(),
        )?;
        Ok(channels_first(&host, shape.channels, shape.height, shape.width))
    }

    /// Features (B, F) of a layer for the last batch.
    ///
    /// # Errors
    /// [`Error::Geometry`] if the grid does not fit, or the backend's own failure.
    pub fn features(&self, layer: usize, map: FeatureMap) -> Result<Array2<f32>> {
        let shape = self.layers[layer].output_shape()?;
        let next = self.layers.get(layer + 1).filter(|_| map.as_next_input);
        let values = next
            .and_then(HebbLayer::normalized_input)
            .unwrap_or(self.layers[layer].output());
        let host = host_of(&*self.backend, values, self.images * shape.len())?;
        grid_means(&host, shape, map.grid)
    }

    /// The norm of each layer's last ΔW, over all its weights.
    ///
    /// # Errors
    /// The backend's own failure.
    pub fn update_norms(&self) -> Result<Vec<f64>> {
        let norm = |layer: &HebbLayer<B>| {
            let delta = host_of(&*self.backend, layer.delta(), layer.plan().weights())?;
            Ok(delta
                .iter()
                .map(|value| f64::from(*value).powi(2))
                .sum::<f64>()
                .sqrt())
        };
        self.layers.iter().map(norm).collect()
    }

    /// Everything that must be kept, as `layers.INDEX.NAME`, indices from 0.
    ///
    /// # Errors
    /// The backend's own failure.
    pub fn tensors(&self) -> Result<Tensors> {
        let mut tensors = Tensors::new();
        for (index, layer) in self.layers.iter().enumerate() {
            let named = layer.tensors(&*self.backend)?.into_iter();
            tensors.extend(named.map(|(name, array)| (format!("layers.{index}.{name}"), array)));
        }
        Ok(tensors)
    }

    /// Restores what [`Self::tensors`] gave.
    ///
    /// # Errors
    /// The first layer whose arrays do not fit.
    pub fn restore(&mut self, tensors: &Tensors) -> Result<()> {
        for (index, layer) in self.layers.iter_mut().enumerate() {
            let prefix = format!("layers.{index}.");
            let own = tensors.iter().filter_map(|(name, array)| {
                name.strip_prefix(&prefix)
                    .map(|name| (name.to_owned(), array.clone()))
            });
            layer
                .restore(&*self.backend, &own.collect())
                .map_err(|source| Error::Layer {
                    layer: index + 1,
                    source: Box::new(source),
                })?;
        }
        Ok(())
    }

    fn upload(&mut self, images: ArrayView4<'_, f32>) -> Result<()> {
        let (count, channels, height, width) = images.dim();
        if ImageShape::new(channels, height, width) != self.input {
            let found = ImageShape::new(channels, height, width);
            return Err(Error::shape("the images", format!("shape {}", self.input), found));
        }
        channels_last_into(images, &mut self.host);
        check_finite("the images", &self.host)?;
        if self.backend.len(&self.uploaded) < self.host.len() {
            self.uploaded = buffer_of(&*self.backend, &self.host)?;
        } else {
            self.backend.upload(&self.host, &mut self.uploaded)?;
        }
        self.images = count;
        Ok(())
    }
}
