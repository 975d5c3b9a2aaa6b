//! What is known of a dataset before it is loaded, and what it is afterwards.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::SearchPath;
use crate::{Dataset, Error, ImageShape, Result};

/// Facts about a dataset, and how to load it.
#[derive(Debug)]
pub struct DatasetInfo {
    /// The name in configurations and on the command line.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// The shape of its images, unless that depends on the files.
    pub shape: Option<ImageShape>,
    /// The class names, empty when they depend on the files.
    pub classes: &'static [&'static str],
    /// The official numbers of images, unless they depend on the files.
    pub splits: Option<SplitSizes>,
    /// Where the images come from.
    pub origin: Origin,
    /// The licence, as far as its authors state one.
    pub licence: &'static str,
    /// The paper to cite.
    pub citation: &'static str,
}

/// The numbers of images in the official splits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SplitSizes {
    /// Training images.
    pub train: usize,
    /// Test images.
    pub test: usize,
    /// Images without labels.
    pub unlabelled: usize,
}

/// Where the images of a dataset come from.
#[derive(Debug)]
pub enum Origin {
    /// They are part of this crate.
    Embedded(fn() -> Result<Bundle>),
    /// They are files to be found on a [`SearchPath`].
    Files {
        /// The usual names of the folder that holds the files.
        folders: &'static [&'static str],
        /// The files, all needed; IDX files may be plain or end in `.gz`.
        files: &'static [&'static str],
        /// How to get the files.
        obtain: &'static str,
        /// Loads the dataset from the folder that holds the files.
        load: fn(&Path, &LoadOptions) -> Result<Bundle>,
    },
}

/// Options of loading; a dataset that an option does not concern ignores it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(default, deny_unknown_fields, rename_all = "kebab-case")
)]
pub struct LoadOptions {
    /// Whether to load the unlabelled split (default no; STL-10's takes 2.8 GB).
    pub unlabelled: bool,
    /// Height and width to which the images of a folder are resized (default none: they must agree).
    pub size: Option<[usize; 2]>,
}

/// A loaded dataset.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The official training images.
    pub train: Arc<Dataset>,
    /// The official test images.
    pub test: Arc<Dataset>,
    /// The official unlabelled images, when there are some and they were asked for.
    pub unlabelled: Option<Arc<Dataset>>,
    /// The folder the files came from; none for embedded data.
    pub location: Option<PathBuf>,
}

const MAX_SIDE: usize = 4096;

impl DatasetInfo {
    /// Loads the dataset from the first place on `search` that has its files.
    ///
    /// # Errors
    /// The files are missing, incomplete or damaged, or an option does not fit.
    pub fn load(&'static self, search: &SearchPath, options: &LoadOptions) -> Result<Bundle> {
        options.check()?;
        match self.origin {
            Origin::Embedded(load) => load(),
            Origin::Files { load, .. } => {
                let folder = search.locate(self)?;
                let mut bundle = load(&folder, options)?;
                bundle.location = Some(folder);
                Ok(bundle)
            }
        }
    }

    /// The class names as a [`Dataset`] keeps them.
    pub(crate) fn class_names(&self) -> Vec<String> {
        self.classes.iter().map(ToString::to_string).collect()
    }

    /// A bundle of labelled splits, each given as pixels and labels.
    pub(crate) fn bundle(
        &self,
        shape: ImageShape,
        train: (Vec<u8>, Vec<u16>),
        test: (Vec<u8>, Vec<u16>),
    ) -> Result<Bundle> {
        let dataset = |(pixels, labels)| {
            Dataset::new(self.name, shape, pixels, Some(labels), self.class_names()).map(Arc::new)
        };
        Ok(Bundle {
            train: dataset(train)?,
            test: dataset(test)?,
            unlabelled: None,
            location: None,
        })
    }
}

impl LoadOptions {
    fn check(&self) -> Result<()> {
        match self.size {
            Some(size) if size.iter().any(|side| !(1..=MAX_SIDE).contains(side)) => {
                let remedy = format!("give [height, width], each 1 to {MAX_SIDE}");
                Err(Error::parameter(
                    "size",
                    format!("{size:?}"),
                    "no image has that size",
                    remedy,
                ))
            }
            _ => Ok(()),
        }
    }
}
