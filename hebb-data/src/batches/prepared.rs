//! Images with the fitted transforms that precede the network.

use std::sync::{Arc, OnceLock};

use ndarray::{Array4, s};

use crate::augment::AugmentSpec;
use crate::error::ensure;
use crate::transform::Scratch;
use crate::{Error, ImageShape, ImageSource, Pipeline, Result, View};

/// Default memory budget for transformed images, 2 GiB.
pub const DEFAULT_MEMORY_BUDGET: usize = 2 << 30;

/// Images transformed at a time.
const CHUNK: usize = 512;

/// A view and the fitted pipeline that its images pass through.
///
/// If memory and augmentation permit, every image is transformed once and cached. Clones share the cache.
#[derive(Clone, Debug)]
pub struct PreparedImages {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    view: View,
    pipeline: Arc<Pipeline>,
    memory_budget: usize,
    transformed: OnceLock<Array4<f32>>,
}

impl PreparedImages {
    /// The images of `view` after `pipeline`, cached if they take at most `memory_budget` bytes.
    ///
    /// # Errors
    /// The pipeline takes images of another shape.
    pub fn new(view: View, pipeline: Arc<Pipeline>, memory_budget: usize) -> Result<Self> {
        let (expected, found) = (view.shape(), pipeline.input_shape());
        ensure(found == expected, || {
            let what = format!("pipeline for {}", view.dataset().name());
            Error::shape(what, expected, found, "fit it on images of this dataset")
        })?;
        let inner = Inner {
            view,
            pipeline,
            memory_budget,
            transformed: OnceLock::new(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The images before the pipeline.
    pub fn view(&self) -> &View {
        &self.inner.view
    }

    /// The pipeline.
    pub fn pipeline(&self) -> &Arc<Pipeline> {
        &self.inner.pipeline
    }

    /// The shape of the images after the pipeline.
    pub fn shape(&self) -> ImageShape {
        self.inner.pipeline.output_shape()
    }

    /// Size of all transformed images in bytes.
    pub fn transformed_bytes(&self) -> usize {
        self.view()
            .len()
            .saturating_mul(self.shape().len())
            .saturating_mul(size_of::<f32>())
    }

    /// Returns true if transformed images are cached under this augmentation: it is none, or mirroring that the pipeline
    /// commutes with, and the images fit into the memory budget.
    pub fn caches_transformed(&self, augment: &AugmentSpec) -> bool {
        let pipeline = &self.inner.pipeline;
        let allowed = augment.is_none() || (augment.only_mirrors() && pipeline.commutes_with_mirror());
        allowed && !pipeline.is_empty() && self.transformed_bytes() <= self.inner.memory_budget
    }

    /// All images after the pipeline, in the order of the view. The first call computes them.
    pub(super) fn transformed(&self) -> Result<&Array4<f32>> {
        let slot = &self.inner.transformed;
        match slot.get() {
            Some(images) => Ok(images),
            None => {
                let images = self.transform_all()?;
                Ok(slot.get_or_init(|| images))
            }
        }
    }

    fn transform_all(&self) -> Result<Array4<f32>> {
        let Inner { view, pipeline, .. } = &*self.inner;
        let mut all = Array4::zeros(self.shape().batch(view.len()));
        let mut raw = Array4::zeros(view.shape().batch(CHUNK.min(view.len())));
        let mut scratch = Scratch::default();
        for start in (0..view.len()).step_by(CHUNK) {
            let positions: Vec<usize> = (start..view.len().min(start + CHUNK)).collect();
            let mut raw = raw.slice_mut(s![..positions.len(), .., .., ..]);
            view.read(&positions, raw.view_mut())?;
            let out = all.slice_mut(s![start..start + positions.len(), .., .., ..]);
            pipeline.apply_into(raw.view(), out, &mut scratch)?;
        }
        Ok(all)
    }
}
