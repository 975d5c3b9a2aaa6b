//! The pipeline: fitted transforms in sequence.

use hebb_core::Seed;
use ndarray::{Array4, ArrayView4, ArrayViewMut4, aview_mut1, aview1};

use super::{Tensors, Transform, TransformSpec};
use crate::error::ensure;
use crate::source::{check_finite, check_request};
use crate::{Error, ImageShape, ImageSource, Result};

/// Fitted transforms, applied in sequence to images of one shape.
#[derive(Debug)]
pub struct Pipeline {
    stages: Vec<Box<dyn Transform>>,
    /// The shape before each stage, and last the shape of the result.
    shapes: Vec<ImageShape>,
}

/// Memory for the images between two stages, reused from call to call.
#[derive(Debug, Default)]
pub struct Scratch {
    buffers: [Vec<f32>; 2],
}

impl Pipeline {
    /// A pipeline without transforms, for images of shape `input`.
    pub fn new(input: ImageShape) -> Self {
        Self {
            stages: Vec::new(),
            shapes: vec![input],
        }
    }

    /// Appends a fitted transform.
    ///
    /// # Errors
    /// The transform cannot take images of the current output shape.
    pub fn push(&mut self, transform: Box<dyn Transform>) -> Result<()> {
        self.shapes.push(transform.output_shape(self.output_shape())?);
        self.stages.push(transform);
        Ok(())
    }

    /// Fits each transform on the output of the ones before it. `images` must be training images.
    ///
    /// # Errors
    /// An option or a shape does not fit, there are no images, or a value is not finite.
    pub fn fit(specs: &[TransformSpec], images: &dyn ImageSource, seed: Seed) -> Result<Self> {
        let mut pipeline = Self::new(images.shape());
        for spec in specs {
            let fitted = spec.fit(
                &Staged {
                    images,
                    pipeline: &pipeline,
                },
                seed,
            )?;
            pipeline.push(fitted)?;
        }
        Ok(pipeline)
    }

    /// Restores the pipeline of `specs` that was fitted on images of shape `input` from its [`tensors`](Self::tensors).
    ///
    /// # Errors
    /// An option or a shape does not fit, or a tensor is missing or not finite.
    pub fn restore(specs: &[TransformSpec], input: ImageShape, tensors: &Tensors) -> Result<Self> {
        let mut pipeline = Self::new(input);
        for (index, spec) in specs.iter().enumerate() {
            let prefix = format!("{index}.");
            let own = tensors.iter().filter_map(|(name, tensor)| {
                name.strip_prefix(&prefix)
                    .map(|name| (name.to_string(), tensor.clone()))
            });
            pipeline.push(spec.restore(pipeline.output_shape(), &own.collect())?)?;
        }
        Ok(pipeline)
    }

    /// All fitted tensors, each name prefixed by the index of its transform, as in `1.matrix`.
    pub fn tensors(&self) -> Tensors {
        let fitted = self.stages.iter().map(|stage| stage.tensors()).enumerate();
        let named = |index| move |(name, tensor)| (format!("{index}.{name}"), tensor);
        fitted
            .flat_map(|(index, tensors)| tensors.into_iter().map(named(index)))
            .collect()
    }

    /// The transforms, in order.
    pub fn stages(&self) -> &[Box<dyn Transform>] {
        &self.stages
    }

    /// Returns true if there is no transform.
    pub fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    /// The shape of the input images.
    pub fn input_shape(&self) -> ImageShape {
        self.shapes[0]
    }

    /// The shape of the output images.
    pub fn output_shape(&self) -> ImageShape {
        self.shapes[self.stages.len()]
    }

    /// Returns true if every transform commutes with mirroring, up to rounding.
    pub fn commutes_with_mirror(&self) -> bool {
        self.stages.iter().all(|stage| stage.commutes_with_mirror())
    }

    /// The transform of `images` (B, C, H, W).
    ///
    /// # Errors
    /// The shape does not fit, or a value is not finite.
    pub fn apply(&self, images: ArrayView4<'_, f32>) -> Result<Array4<f32>> {
        check_finite("the input of the pipeline", images)?;
        let mut output = Array4::zeros(self.output_shape().batch(images.shape()[0]));
        let standard = images.as_standard_layout();
        self.apply_into(standard.view(), output.view_mut(), &mut Scratch::default())?;
        Ok(output)
    }

    /// Writes the transform of `input` (B, C, H, W) to `output`, both in standard layout; allocates nothing once
    /// `scratch` has grown.
    ///
    /// # Errors
    /// A shape or layout does not fit.
    pub fn apply_into(
        &self,
        input: ArrayView4<'_, f32>,
        mut output: ArrayViewMut4<'_, f32>,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let batch = self.check(&input, &output)?;
        let Some((last, first)) = self.stages.split_last() else {
            output.assign(&input);
            return Ok(());
        };
        let [mut from, mut to] = scratch.buffers.each_mut();
        for (index, stage) in first.iter().enumerate() {
            let (before, after) = (self.shapes[index], self.shapes[index + 1]);
            to.resize(to.len().max(batch * after.len()), 0.0);
            let source = if index == 0 {
                input
            } else {
                view(from, before, batch)?
            };
            stage.apply(source, view_mut(to, after, batch)?)?;
            std::mem::swap(&mut from, &mut to);
        }
        let source = if first.is_empty() {
            input
        } else {
            view(from, self.shapes[first.len()], batch)?
        };
        last.apply(source, output)
    }

    fn check(&self, input: &ArrayView4<'_, f32>, output: &ArrayViewMut4<'_, f32>) -> Result<usize> {
        let fits = |what, expected, found: &[usize]| {
            let found = crate::shape::of(found);
            ensure(found == expected, || {
                Error::shape(what, expected, found, "fit a pipeline for this shape")
            })
        };
        fits("input of the pipeline", self.input_shape(), input.shape())?;
        fits("output of the pipeline", self.output_shape(), output.shape())?;
        let (batch, found) = (input.shape()[0], output.shape()[0]);
        ensure(found == batch, || {
            let expected = format!("{batch} images");
            Error::shape("output of the pipeline", expected, found, "resize it")
        })?;
        Ok(batch)
    }
}

fn view(buffer: &[f32], shape: ImageShape, batch: usize) -> Result<ArrayView4<'_, f32>> {
    let wanted = aview1(&buffer[..batch * shape.len()]);
    wanted
        .into_shape_with_order(shape.batch(batch))
        .map_err(|cause| unreachable_shape(&cause))
}

fn view_mut(buffer: &mut [f32], shape: ImageShape, batch: usize) -> Result<ArrayViewMut4<'_, f32>> {
    let wanted = aview_mut1(&mut buffer[..batch * shape.len()]);
    wanted
        .into_shape_with_order(shape.batch(batch))
        .map_err(|cause| unreachable_shape(&cause))
}

fn unreachable_shape(cause: &ndarray::ShapeError) -> Error {
    let (what, expected) = ("pipeline scratch", "a prefix of the buffer");
    Error::shape(what, expected, cause, "report this as a bug")
}

/// Images after the transforms fitted so far.
struct Staged<'a> {
    images: &'a dyn ImageSource,
    pipeline: &'a Pipeline,
}

impl ImageSource for Staged<'_> {
    fn len(&self) -> usize {
        self.images.len()
    }

    fn shape(&self) -> ImageShape {
        self.pipeline.output_shape()
    }

    fn read(&self, positions: &[usize], out: ArrayViewMut4<'_, f32>) -> Result<()> {
        check_request(self, positions, &out)?;
        if self.pipeline.is_empty() {
            return self.images.read(positions, out);
        }
        let mut raw = Array4::zeros(self.images.shape().batch(positions.len()));
        self.images.read(positions, raw.view_mut())?;
        self.pipeline.apply_into(raw.view(), out, &mut Scratch::default())
    }
}
