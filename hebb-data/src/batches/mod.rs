//! Batches of transformed images, in an order that the seed determines.
//!
//! ```
//! use std::sync::Arc;
//!
//! use hebb_core::Seed;
//! use hebb_data::augment::AugmentSpec;
//! use hebb_data::batches::{BatchSpec, DEFAULT_MEMORY_BUDGET, Loader, PreparedImages};
//! use hebb_data::transform::{StandardizeSpec, TransformSpec, ZcaSpec};
//! use hebb_data::{LoadOptions, Pipeline, SearchPath, SplitSpec, datasets};
//!
//! # fn main() -> hebb_data::Result<()> {
//! let seed = Seed::new(1);
//!
//! // 5,500 training and 1,000 test images are part of the crate.
//! let bundle = datasets::load("fashion-mini", &SearchPath::default(), &LoadOptions::default())?;
//! let splits = SplitSpec { validation: 500, limit: Some(1000) }.split(&bundle, seed)?;
//!
//! // Whitening learns from training images alone. With `mirror` it commutes with the augmentation below, so that
//! // every image is whitened once and not once an epoch.
//! let specs = [
//!     TransformSpec::Standardize(StandardizeSpec::default()),
//!     TransformSpec::Zca(ZcaSpec { images: Some(300), epsilon: 0.1, mirror: true, ..Default::default() }),
//! ];
//! let pipeline = Arc::new(Pipeline::fit(&specs, &splits.train, seed)?);
//!
//! let prepared = PreparedImages::new(splits.train, Arc::clone(&pipeline), DEFAULT_MEMORY_BUDGET)?;
//! let augment = AugmentSpec { mirror: 0.5, ..Default::default() };
//! let mut loader = Loader::new(&prepared, BatchSpec { size: 64, ..Default::default() }, augment, seed)?;
//! // While the closure works on a batch, the next one is prepared on another thread.
//! loader.epoch(0).for_each(|batch| {
//!     assert_eq!(batch.images.shape()[1..], [1, 28, 28]);
//!     assert_eq!(batch.labels.map(<[u16]>::len), Some(batch.indices.len()));
//!     Ok::<(), hebb_data::Error>(())
//! })?;
//!
//! // A model is kept with its specs and these tensors; together they restore the pipeline to the bit.
//! let restored = Pipeline::restore(&specs, prepared.view().shape(), &pipeline.tensors())?;
//! assert_eq!(restored.tensors(), pipeline.tensors());
//! # Ok(())
//! # }
//! ```

mod ahead;
mod loader;
mod prepared;
#[cfg(test)]
mod tests;

pub use ahead::ahead;
pub use loader::{EpochBatches, ImageBatch, Loader, shuffled};
pub use prepared::{DEFAULT_MEMORY_BUDGET, PreparedImages};

crate::options! {
    /// Batch size and order of the images.
    ///
    /// | option | default | range | meaning |
    /// |---|---|---|---|
    /// | `size` | 100 | at least 1 | images in a batch |
    /// | `shuffle` | true | | a new random order in each epoch instead of the order of the view |
    /// | `drop-last` | false | | drops the last batch if it is not full |
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct BatchSpec {
        /// Images in a batch.
        pub size: usize = 100,
        /// Draws a new random order in each epoch.
        pub shuffle: bool = true,
        /// Drops the last batch if it is not full.
        pub drop_last: bool = false,
    }
}

impl BatchSpec {
    /// Batches of `size` in the order of the view, the last one included: for evaluation.
    pub const fn in_order(size: usize) -> Self {
        Self {
            size,
            shuffle: false,
            drop_last: false,
        }
    }
}
