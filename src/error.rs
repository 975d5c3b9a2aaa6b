//! Errors of experiments and of the command line.

use std::path::{Path, PathBuf};

/// An error whose message names the thing, the value and the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An error of rules, layers, networks or backends.
    #[error(transparent)]
    Core(#[from] hebb_core::Error),
    /// An error of datasets or transforms.
    #[cfg(feature = "data")]
    #[error(transparent)]
    Data(#[from] hebb_data::Error),
    /// An invalid experiment.
    #[error("{origin}: {problem}")]
    Config {
        /// The file or preset, with the line if it is known.
        origin: String,
        /// The problem and the remedy.
        problem: String,
    },
    /// A file or folder that could not be read or written.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// The operation: `read`, `write`.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// A file with invalid contents.
    #[error("{}: {problem}", .path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// The problem and the remedy.
        problem: String,
    },
    /// An output path that exists.
    #[error("{} exists already; remove it or choose another with --out", .0.display())]
    Exists(PathBuf),
    /// A signal was received; the command stopped between two batches.
    #[error("stopped by a signal; nothing was written")]
    Interrupted,
    /// A backend that is not compiled in.
    #[error("backend {name} is not part of this build; build with `--features {name}`")]
    NotCompiled {
        /// The backend and its cargo feature.
        name: &'static str,
    },
    /// A number of threads out of range.
    #[error("--threads {0}: give a number from 1 to 1024")]
    Threads(usize),
}

impl From<Error> for hebb_core::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Core(error) => error,
            other => Self::Data(Box::new(other)),
        }
    }
}

/// The result of experiments and commands.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An [`Error::Io`] of this operation on `path`.
    pub fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    /// An [`Error::Config`].
    pub(crate) fn config(origin: impl Into<String>, problem: impl ToString) -> Self {
        Self::Config {
            origin: origin.into(),
            problem: problem.to_string(),
        }
    }

    /// A file with invalid contents.
    pub fn format(path: &Path, problem: impl ToString) -> Self {
        Self::Format {
            path: path.to_owned(),
            problem: problem.to_string(),
        }
    }
}
