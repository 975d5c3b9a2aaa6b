//! Batches of transformed images, in an order that the seed decides.

mod ahead;
mod loader;
mod prepared;
#[cfg(test)]
mod tests;

pub use ahead::ahead;
pub use loader::{Batch, Epoch, Loader, shuffled};
pub use prepared::{DEFAULT_MEMORY_BUDGET, Prepared};

/// How images are cut into batches.
///
/// | option | default | range | meaning |
/// |---|---|---|---|
/// | `size` | 100 | at least 1 | images in a batch |
/// | `shuffle` | true | | a new random order in each epoch; otherwise the order of the view |
/// | `drop-last` | false | | leave out the last batch when it is not full |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(default, deny_unknown_fields, rename_all = "kebab-case")
)]
pub struct BatchSpec {
    /// Images in a batch.
    pub size: usize,
    /// Whether each epoch has an order of its own.
    pub shuffle: bool,
    /// Whether a last batch that is not full is left out.
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
    /// Batches of `size` in the order of the view, none left out: for evaluation.
    pub const fn in_order(size: usize) -> Self {
        Self {
            size,
            shuffle: false,
            drop_last: false,
        }
    }
}
