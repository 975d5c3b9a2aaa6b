//! Errors. Each message names the thing, its value and the remedy.

use std::path::{Path, PathBuf};

/// The result type of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// An error about data, with the thing, the value and the remedy in its message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder cannot be read.
    #[error("cannot read {}: {source}; check that it exists and that you may read it", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// The bytes of a file violate its format.
    #[error("{file}, byte {offset}: {problem}")]
    Format {
        /// The file.
        file: String,
        /// Offset in the (decompressed) bytes.
        offset: u64,
        /// The defect and the remedy.
        problem: String,
    },
    /// A folder of images does not have the expected layout, or one of its images cannot be used.
    #[error("{}: {problem}", path.display())]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// The fault and the remedy.
        problem: String,
    },
    /// No folder on the search path holds the dataset's files.
    #[error(
        "dataset {dataset} was not found\n  searched: {}\n  expected files: {wanted}\n  {remedy}",
        list(looked)
    )]
    NotFound {
        /// The dataset.
        dataset: &'static str,
        /// The folders that were searched.
        looked: Vec<PathBuf>,
        /// The file names.
        wanted: String,
        /// Instructions to get them.
        remedy: String,
    },
    /// No dataset has this name.
    #[error(transparent)]
    UnknownDataset(hebb_core::Error),
    /// An option is out of range.
    #[error("{key} = {value}: {problem}")]
    Parameter {
        /// The option.
        key: &'static str,
        /// Its value.
        value: String,
        /// The fault and the remedy.
        problem: String,
    },
    /// A shape or count differs from the one needed.
    #[error("{what}: expected shape {expected}, found {found}; {remedy}")]
    Shape {
        /// The array or option.
        what: String,
        /// The shape needed.
        expected: String,
        /// The shape given.
        found: String,
        /// The remedy.
        remedy: String,
    },
    /// A collection that must hold something is empty.
    #[error("{what} is empty; {remedy}")]
    Empty {
        /// The empty collection.
        what: String,
        /// The remedy.
        remedy: String,
    },
    /// A value is NaN or infinite.
    #[error("{what} holds {value} in image {image}; remove or repair that image")]
    NonFinite {
        /// The array that holds it.
        what: String,
        /// The value.
        value: f32,
        /// The position of the image.
        image: usize,
    },
    /// A saved tensor is missing.
    #[error(
        "{what}: the saved tensor {name:?} is missing; fit the transform again or restore the complete checkpoint"
    )]
    MissingTensor {
        /// The transform.
        what: String,
        /// The tensor.
        name: String,
    },
    /// A numerical computation failed.
    #[error("{what}: {problem}")]
    Numeric {
        /// The computation.
        what: &'static str,
        /// The fault and the remedy.
        problem: String,
    },
}

impl From<Error> for hebb_core::Error {
    fn from(error: Error) -> Self {
        Self::Data(Box::new(error))
    }
}

impl Error {
    /// An [`Error::Io`] about `path`.
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self + use<> {
        let path = path.to_path_buf();
        move |source| Self::Io { path, source }
    }

    /// An [`Error::Parameter`].
    pub(crate) fn parameter(key: &'static str, value: impl ToString, problem: impl Into<String>) -> Self {
        let (value, problem) = (value.to_string(), problem.into());
        Self::Parameter { key, value, problem }
    }

    /// An [`Error::Shape`].
    pub(crate) fn shape(
        what: impl Into<String>,
        expected: impl ToString,
        found: impl ToString,
        remedy: impl Into<String>,
    ) -> Self {
        Self::Shape {
            what: what.into(),
            expected: expected.to_string(),
            found: found.to_string(),
            remedy: remedy.into(),
        }
    }

    /// An [`Error::Empty`].
    pub(crate) fn empty(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Empty {
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    /// An [`Error::Folder`].
    pub(crate) fn folder(path: &Path, problem: impl Into<String>) -> Self {
        let (path, problem) = (path.into(), problem.into());
        Self::Folder { path, problem }
    }

    /// An [`Error::Format`].
    pub(crate) fn format(file: &str, offset: u64, problem: impl Into<String>) -> Self {
        let (file, problem) = (file.into(), problem.into());
        Self::Format {
            file,
            offset,
            problem,
        }
    }

    /// An [`Error::Numeric`].
    pub(crate) fn numeric(what: &'static str, problem: impl Into<String>) -> Self {
        let problem = problem.into();
        Self::Numeric { what, problem }
    }
}

/// Checks a condition.
pub(crate) fn ensure(holds: bool, error: impl FnOnce() -> Error) -> Result<()> {
    if holds { Ok(()) } else { Err(error()) }
}

fn list(paths: &[PathBuf]) -> String {
    paths
        .iter()
        .map(|path| path.display().to_string())
        .collect::<Vec<_>>()
        .join(", ")
}
