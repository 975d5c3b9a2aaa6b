//! Batches of transformed images, in an order that the seed determines.

mod ahead;
mod loader;
mod prepared;
#[cfg(test)]
mod tests;

pub use ahead::ahead;
pub use loader::{EpochBatches, ImageBatch, Loader, shuffled};
pub use prepared::{DEFAULT_MEMORY_BUDGET, PreparedImages};

/// Batch size and order of the images.
///
/// | option | default | range | meaning |
/// |---|---|---|---|
/// | `size` | 100 | at least 1 | images in a batch |
/// | `shuffle` | true | | a new random order in each epoch instead of the order of the view |
/// | `drop-last` | false | | drops the last batch if it is not full |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(default, deny_unknown_fields, rename_all = "kebab-case")
)]
pub struct BatchSpec {
    /// Images in a batch.
    pub size: usize,
    /// Draws a new random order in each epoch.
    pub shuffle: bool,
    /// Drops the last batch if it is not full.
    pub drop_last: bool,
}

impl Default for BatchSpec {
    fn default() -> Self {
        Self {
            size: 100,
            shuffle: true,
            drop_last: false,
        }
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
