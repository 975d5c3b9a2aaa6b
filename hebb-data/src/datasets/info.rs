//! Dataset descriptions, load options and loaded bundles.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::SearchPath;
use crate::{Dataset, Error, ImageShape, Result};

/// Description and loader of a dataset.
#[derive(Debug)]
pub struct DatasetInfo {
    /// The name in configurations and on the command line.
    pub name: &'static str,
    /// A one-sentence description.
    pub summary: &'static str,
    /// The shape of its images; `None` if it depends on the files.
    pub shape: Option<ImageShape>,
    /// The class names; empty if they depend on the files.
    pub classes: &'static [&'static str],
    /// Sizes of the official splits; `None` if they depend on the files.
    pub splits: Option<SplitSizes>,
    /// Source of the images.
    pub origin: Origin,
    /// The licence, as far as its authors state one.
    pub licence: &'static str,
    /// The paper to cite.
    pub citation: &'static str,
}

/// Number of images in each official split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SplitSizes {
    /// Training images.
    pub train: usize,
    /// Test images.
    pub test: usize,
    /// Images without labels.
    pub unlabelled: usize,
}

impl SplitSizes {
    /// Labelled images only.
    pub const fn labelled(train: usize, test: usize) -> Self {
        Self {
            train,
            test,
            unlabelled: 0,
        }
    }
}

/// Source of a dataset's images.
#[derive(Debug)]
pub enum Origin {
    /// Data embedded in this crate.
    Embedded(fn() -> Result<Bundle>),
    /// Files on a [`SearchPath`].
    Files {
        /// The usual names of the folder that holds the files.
        folders: &'static [&'static str],
        /// The required files; IDX files may be plain or end in `.gz`.
        files: &'static [&'static str],
        /// Instructions to obtain the files.
        obtain: &'static str,
        /// Loads the dataset from the folder that holds the files.
        load: fn(&Path, &LoadOptions) -> Result<Bundle>,
    },
}

crate::options! {
    /// Load options. A dataset ignores the options that do not apply to it.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct LoadOptions {
        /// Loads the unlabelled split (2.8 GB for STL-10). Default: false.
        pub unlabelled: bool = false,
        /// Height and width to which the images of a folder are resized. Default: none, all images must have one size.
        pub size: Option<[usize; 2]> = None,
    }
}

/// A loaded dataset.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The official training images.
    pub train: Arc<Dataset>,
    /// The official test images.
    pub test: Arc<Dataset>,
    /// The official unlabelled images, if requested.
    pub unlabelled: Option<Arc<Dataset>>,
    /// The folder of the files; `None` for embedded data.
    pub location: Option<PathBuf>,
}

const MAX_SIDE: usize = 4096;

impl DatasetInfo {
    /// Loads the dataset from the first folder on `search` that has its files.
    ///
    /// # Errors
    /// The files are missing, incomplete or damaged, or an option is out of range.
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
        let valid = |size: &[usize; 2]| size.iter().all(|side| (1..=MAX_SIDE).contains(side));
        self.size.filter(|size| !valid(size)).map_or(Ok(()), |size| {
            let problem = format!("it is not a valid image size; give [height, width], each 1 to {MAX_SIDE}");
            Err(Error::parameter("size", format!("{size:?}"), problem))
        })
    }
}
