//! The loop over epochs and batches.

use hebb_core::Seed;
use ndarray::{Array4, ArrayView4};
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::{BatchSpec, PreparedImages, ahead};
use crate::augment::{AugmentSpec, copy_mirrored};
use crate::error::ensure;
use crate::transform::Scratch;
use crate::{Error, ImageShape, Result};

/// Images moved by one thread at a time.
const GRAIN: usize = 8;

/// Loader of batches, with buffers that are reused.
#[derive(Debug)]
pub struct Loader {
    recipe: Recipe,
    /// The current batch, and the next one.
    buffers: [Buffers; 2],
}

/// Images, batch size and augmentation of a loader.
#[derive(Debug)]
struct Recipe {
    prepared: PreparedImages,
    spec: BatchSpec,
    augment: AugmentSpec,
    seed: Seed,
}

#[derive(Debug, Default)]
struct Buffers {
    /// Images before the pipeline; empty if they are not needed.
    raw: Array4<f32>,
    images: Array4<f32>,
    labels: Vec<u16>,
    indices: Vec<u32>,
    scratch: Scratch,
}

/// A batch of transformed images, in buffers that the next batch overwrites.
#[derive(Clone, Copy, Debug)]
pub struct ImageBatch<'a> {
    /// The transformed images, (B, C, H, W).
    pub images: ArrayView4<'a, f32>,
    /// One label per image, or `None` for an unlabelled dataset.
    pub labels: Option<&'a [u16]>,
    /// The index of each image in the dataset.
    pub indices: &'a [u32],
}

/// The batches of one epoch.
#[derive(Debug)]
pub struct EpochBatches<'a> {
    loader: &'a mut Loader,
    epoch: u64,
    /// Positions in the view.
    order: Vec<usize>,
    next: usize,
}

/// The random order of `images` images in epoch `epoch`, counted from 0.
pub fn shuffled(images: usize, seed: Seed, epoch: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..images).collect();
    order.shuffle(&mut seed.stream("shuffle", epoch));
    order
}

impl Loader {
    /// Creates a loader. The same seed gives the same batches on any number of threads.
    ///
    /// # Errors
    /// An option is out of range, or `drop-last` leaves no batch.
    pub fn new(prepared: &PreparedImages, spec: BatchSpec, augment: AugmentSpec, seed: Seed) -> Result<Self> {
        let count = prepared.view().len();
        augment.check(prepared.view().shape())?;
        ensure(spec.size > 0, || {
            Error::parameter("size", 0, "a batch must not be empty; give at least 1")
        })?;
        ensure(!spec.drop_last || spec.size <= count, || {
            let problem = format!("there are {count} images, and drop-last drops a batch that is not full");
            let remedy = format!("give at most {count}, or set drop-last = false");
            Error::parameter("size", spec.size, format!("{problem}; {remedy}"))
        })?;
        let recipe = Recipe {
            prepared: prepared.clone(),
            spec,
            augment,
            seed,
        };
        Ok(Self {
            recipe,
            buffers: Default::default(),
        })
    }

    /// The images that the loader reads.
    pub fn prepared(&self) -> &PreparedImages {
        &self.recipe.prepared
    }

    /// Number of images in an epoch.
    pub fn images_per_epoch(&self) -> usize {
        let count = self.prepared().view().len();
        let BatchSpec { size, drop_last, .. } = self.recipe.spec;
        if drop_last { count - count % size } else { count }
    }

    /// Number of batches in an epoch.
    pub fn batches_per_epoch(&self) -> usize {
        self.images_per_epoch().div_ceil(self.recipe.spec.size)
    }

    /// The batches of epoch `epoch`, counted from 0. Epochs may be requested in any order.
    pub fn epoch(&mut self, epoch: u64) -> EpochBatches<'_> {
        let images = self.prepared().view().len();
        let mut order = match self.recipe.spec.shuffle {
            true => shuffled(images, self.recipe.seed, epoch),
            false => (0..images).collect(),
        };
        order.truncate(self.images_per_epoch());
        EpochBatches {
            loader: self,
            epoch,
            order,
            next: 0,
        }
    }
}

impl Recipe {
    /// Fills `buffers` with the images at `positions` of the view.
    fn fill(&self, buffers: &mut Buffers, positions: &[usize], epoch: u64) -> Result<()> {
        self.describe(buffers, positions);
        let (view, pipeline, shape) = (
            self.prepared.view(),
            self.prepared.pipeline(),
            self.prepared.shape(),
        );
        let placement = |position: usize| self.augment.place(self.seed, epoch, view.indices()[position]);
        let augment = |image: &mut [f32], position: usize| {
            placement(position).write(view.pixels(position), view.shape(), image);
        };
        let Buffers {
            raw, images, scratch, ..
        } = buffers;
        resize(images, shape, positions.len());
        if self.prepared.caches_transformed(&self.augment) {
            let cached = self.prepared.transformed()?.as_slice().unwrap_or_default();
            each_image(images, positions, |image, position| {
                let source = &cached[position * shape.len()..][..shape.len()];
                copy_mirrored(source, shape.width, placement(position).mirror, image);
            });
        } else if pipeline.is_empty() {
            each_image(images, positions, augment);
        } else {
            resize(raw, view.shape(), positions.len());
            each_image(raw, positions, augment);
            pipeline.apply_into(raw.view(), images.view_mut(), scratch)?;
        }
        Ok(())
    }

    fn describe(&self, buffers: &mut Buffers, positions: &[usize]) {
        let view = self.prepared.view();
        let Buffers { labels, indices, .. } = buffers;
        indices.clear();
        indices.extend(positions.iter().map(|&position| view.indices()[position]));
        labels.clear();
        if let Some(all) = view.dataset().labels() {
            labels.extend(indices.iter().map(|&index| all[index as usize]));
        }
    }

    /// The batch in `buffers`.
    fn batch<'b>(&self, buffers: &'b Buffers) -> ImageBatch<'b> {
        let labels = self.prepared.view().dataset().labels();
        ImageBatch {
            images: buffers.images.view(),
            labels: labels.map(|_| buffers.labels.as_slice()),
            indices: &buffers.indices,
        }
    }
}

/// Calls `write` with every image of a batch and its position in the view, in parallel.
fn each_image(images: &mut Array4<f32>, positions: &[usize], write: impl Fn(&mut [f32], usize) + Sync) {
    let (_, channels, height, width) = images.dim();
    let values = images.as_slice_mut().unwrap_or_default();
    let images = values
        .par_chunks_exact_mut(channels * height * width)
        .zip(positions);
    images
        .with_min_len(GRAIN)
        .for_each(|(image, &position)| write(image, position));
}

/// Allocates `images` for `count` images.
fn resize(images: &mut Array4<f32>, shape: ImageShape, count: usize) {
    if images.dim() != shape.batch(count) {
        *images = Array4::zeros(shape.batch(count));
    }
}

impl EpochBatches<'_> {
    /// The next batch, or `None` at the end of the epoch.
    ///
    /// # Errors
    /// The pipeline fails.
    pub fn next_batch(&mut self) -> Result<Option<ImageBatch<'_>>> {
        let Loader { recipe, buffers } = &mut *self.loader;
        let end = self.order.len().min(self.next + recipe.spec.size);
        let positions = &self.order[self.next..end];
        if positions.is_empty() {
            return Ok(None);
        }
        recipe.fill(&mut buffers[0], positions, self.epoch)?;
        self.next = end;
        Ok(Some(recipe.batch(&buffers[0])))
    }

    /// Calls `each` with every remaining batch. While `each` runs, another thread prepares the next batch.
    ///
    /// # Errors
    /// The first error of the pipeline or of `each`.
    pub fn for_each<E: From<Error>>(
        self,
        mut each: impl FnMut(ImageBatch<'_>) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let Self {
            loader: Loader { recipe, buffers },
            epoch,
            order,
            next,
        } = self;
        ahead(
            buffers,
            order[next..].chunks(recipe.spec.size),
            |buffers, positions| recipe.fill(buffers, positions, epoch),
            |buffers| each(recipe.batch(buffers)),
        )
    }
}
