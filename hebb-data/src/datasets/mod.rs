//! The registry of datasets by name, one file per dataset.

mod cifar10;
mod cifar100;
mod fashion_mini;
mod fashion_mnist;
mod folder;
mod idx_files;
mod info;
mod kmnist;
mod mnist;
mod search;
mod stl10;
#[cfg(test)]
mod tests;

pub use info::{Bundle, DatasetInfo, LoadOptions, Origin, SplitSizes};
pub use search::SearchPath;

use crate::{Error, Result};

/// Every dataset, in the order of `hebb list datasets`.
pub const DATASETS: &[&DatasetInfo] = &[
    &fashion_mini::INFO,
    &fashion_mnist::INFO,
    &mnist::INFO,
    &kmnist::INFO,
    &cifar10::INFO,
    &cifar100::INFO,
    &cifar100::COARSE,
    &stl10::INFO,
    &folder::INFO,
];

/// Looks up a dataset by name.
///
/// # Errors
/// The name is unknown; the message lists the known ones.
pub fn find(name: &str) -> Result<&'static DatasetInfo> {
    let known = DATASETS.iter().map(|info| info.name);
    let unknown = || Error::UnknownDataset(hebb_core::Error::unknown("dataset", name, known));
    DATASETS
        .iter()
        .find(|info| info.name == name)
        .copied()
        .ok_or_else(unknown)
}

/// Loads a dataset by name from the first folder on `search` that has its files.
///
/// # Errors
/// The name is unknown, the files are missing, incomplete or damaged, or an option does not fit.
pub fn load(name: &str, search: &SearchPath, options: &LoadOptions) -> Result<Bundle> {
    find(name)?.load(search, options)
}
