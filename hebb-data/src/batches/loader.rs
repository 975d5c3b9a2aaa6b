//! The loop over epochs and batches.

use hebb_core::Seed;
use ndarray::{Array4, ArrayView4, s};
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::{BatchSpec, Prepared};
use crate::augment::{AugmentSpec, copy_mirrored};
use crate::transform::Scratch;
use crate::{Error, Result};

/// Images moved by one thread at a time.
const GRAIN: usize = 8;

/// Makes batches of prepared images, in buffers that are reused.
#[derive(Debug)]
pub struct Loader {
    prepared: Prepared,
    spec: BatchSpec,
    augment: AugmentSpec,
    seed: Seed,
    buffers: Buffers,
}

#[derive(Debug)]
struct Buffers {
    /// Images before the pipeline; empty when they are not needed.
    raw: Array4<f32>,
    images: Array4<f32>,
    labels: Vec<u16>,
    indices: Vec<u32>,
    scratch: Scratch,
}

/// Some images, in buffers that the next batch overwrites.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The transformed images, (B, C, H, W).
    pub images: ArrayView4<'a, f32>,
    /// Their labels, unless the dataset has none.
    pub labels: Option<&'a [u16]>,
    /// Their places in the dataset.
    pub indices: &'a [u32],
}

/// The batches of one epoch.
#[derive(Debug)]
pub struct Epoch<'a> {
    loader: &'a mut Loader,
    epoch: u64,
    /// Positions in the view.
    order: Vec<usize>,
    next: usize,
}

/// The order of so many images in epoch `epoch`, counted from 0.
pub fn shuffled(images: usize, seed: Seed, epoch: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..images).collect();
    order.shuffle(&mut seed.stream("shuffle", epoch));
    order
}

impl Loader {
    /// A loader of `prepared` images. The same seed gives the same batches on any number of threads.
    ///
    /// # Errors
    /// An option is out of range, or dropping the last batch would leave none.
    pub fn new(prepared: &Prepared, spec: BatchSpec, augment: AugmentSpec, seed: Seed) -> Result<Self> {
        let count = prepared.view().len();
        augment.check(prepared.view().shape())?;
        if spec.size == 0 {
            return Err(Error::parameter(
                "size",
                0,
                "a batch needs images",
                "give at least 1",
            ));
        }
        if spec.drop_last && spec.size > count {
            let problem =
                format!("there are {count} images and drop-last leaves out a batch that is not full");
            let remedy = format!("give at most {count}, or set drop-last = false");
            return Err(Error::parameter("size", spec.size, problem, remedy));
        }
        let size = spec.size.min(count);
        let kept = prepared.keeps_transformed(&augment) || prepared.pipeline().is_empty();
        let buffers = Buffers {
            raw: Array4::zeros(prepared.view().shape().batch(if kept { 0 } else { size })),
            images: Array4::zeros(prepared.shape().batch(size)),
            labels: Vec::with_capacity(size),
            indices: Vec::with_capacity(size),
            scratch: Scratch::default(),
        };
        Ok(Self {
            prepared: prepared.clone(),
            spec,
            augment,
            seed,
            buffers,
        })
    }

    /// What the loader draws from.
    pub fn prepared(&self) -> &Prepared {
        &self.prepared
    }

    /// Images in an epoch.
    pub fn images_per_epoch(&self) -> usize {
        let count = self.prepared.view().len();
        if self.spec.drop_last {
            count - count % self.spec.size
        } else {
            count
        }
    }

    /// Batches in an epoch.
    pub fn batches_per_epoch(&self) -> usize {
        self.images_per_epoch().div_ceil(self.spec.size)
    }

    /// The batches of epoch `epoch`, counted from 0; epochs may be asked for in any order.
    pub fn epoch(&mut self, epoch: u64) -> Epoch<'_> {
        let images = self.prepared.view().len();
        let mut order = match self.spec.shuffle {
            true => shuffled(images, self.seed, epoch),
            false => (0..images).collect(),
        };
        order.truncate(self.images_per_epoch());
        Epoch {
            loader: self,
            epoch,
            order,
            next: 0,
        }
    }

    /// Fills the buffers with the images at `positions` of the view.
    fn fill(&mut self, positions: &[usize], epoch: u64) -> Result<()> {
        self.describe(positions);
        if self.prepared.keeps_transformed(&self.augment) {
            self.fill_from_transformed(positions, epoch)
        } else if self.prepared.pipeline().is_empty() {
            self.place(positions, epoch, true);
            Ok(())
        } else {
            self.place(positions, epoch, false);
            let Buffers {
                raw, images, scratch, ..
            } = &mut self.buffers;
            let raw = raw.slice(s![..positions.len(), .., .., ..]);
            let images = images.slice_mut(s![..positions.len(), .., .., ..]);
            self.prepared.pipeline().apply_into(raw, images, scratch)
        }
    }

    fn describe(&mut self, positions: &[usize]) {
        let view = self.prepared.view();
        let Buffers { labels, indices, .. } = &mut self.buffers;
        indices.clear();
        indices.extend(positions.iter().map(|&position| view.indices()[position]));
        labels.clear();
        if let Some(all) = view.dataset().labels() {
            labels.extend(indices.iter().map(|&index| all[index as usize]));
        }
    }

    fn fill_from_transformed(&mut self, positions: &[usize], epoch: u64) -> Result<()> {
        let (size, width) = (self.prepared.shape().len(), self.prepared.shape().width);
        let kept = self.prepared.transformed()?.as_slice().unwrap_or_default();
        let Buffers { images, indices, .. } = &mut self.buffers;
        let out = images
            .as_slice_mut()
            .unwrap_or_default()
            .par_chunks_exact_mut(size);
        let images = out.zip(positions).zip(indices.as_slice()).with_min_len(GRAIN);
        images.for_each(|((image, &position), &index)| {
            let place = self.augment.place(self.seed, epoch, index);
            copy_mirrored(
                &kept[position * size..(position + 1) * size],
                width,
                place.mirror,
                image,
            );
        });
        Ok(())
    }

    /// Writes augmented bytes as f32, to the result or to the input of the pipeline.
    fn place(&mut self, positions: &[usize], epoch: u64, to_result: bool) {
        let view = self.prepared.view();
        let Buffers {
            raw, images, indices, ..
        } = &mut self.buffers;
        let out = if to_result { images } else { raw };
        let out = out
            .as_slice_mut()
            .unwrap_or_default()
            .par_chunks_exact_mut(view.shape().len());
        let images = out.zip(positions).zip(indices.as_slice()).with_min_len(GRAIN);
        images.for_each(|((image, &position), &index)| {
            let place = self.augment.place(self.seed, epoch, index);
            place.write(view.pixels(position), view.shape(), image);
        });
    }
}

impl Epoch<'_> {
    /// The next batch, or none at the end of the epoch.
    ///
    /// # Errors
    /// The pipeline fails.
    pub fn next_batch(&mut self) -> Result<Option<Batch<'_>>> {
        let end = self.order.len().min(self.next + self.loader.spec.size);
        let positions = &self.order[self.next..end];
        if positions.is_empty() {
            return Ok(None);
        }
        self.loader.fill(positions, self.epoch)?;
        self.next = end;
        let Loader {
            buffers, prepared, ..
        } = &*self.loader;
        Ok(Some(Batch {
            images: buffers.images.slice(s![..positions.len(), .., .., ..]),
            labels: prepared
                .view()
                .dataset()
                .labels()
                .map(|_| buffers.labels.as_slice()),
            indices: &buffers.indices,
        }))
    }
}
