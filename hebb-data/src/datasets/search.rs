//! The search path for dataset files.

use std::path::{Path, PathBuf};

use super::{DatasetInfo, Origin};
use crate::{Error, Result};

/// System-wide folders of dataset packages.
const SYSTEM_FOLDERS: [&str; 2] = ["/usr/share/datasets", "/usr/local/share/datasets"];

/// An ordered list of folders that are searched for a dataset's own folder.
#[derive(Clone, Debug)]
pub struct SearchPath {
    places: Vec<Place>,
}

#[derive(Clone, Debug)]
struct Place {
    folder: PathBuf,
    /// Permits the files to lie in the folder itself. A shared folder does not, because the files of the MNIST family
    /// have the same names.
    direct: bool,
}

impl Place {
    fn direct(folder: PathBuf) -> Self {
        let direct = true;
        Self { folder, direct }
    }

    fn shared(folder: PathBuf) -> Self {
        let direct = false;
        Self { folder, direct }
    }
}

impl SearchPath {
    /// `explicit` first; then `$HEBB_DATA`, `./data`, `~/.cache/hebb`, `/usr/share/datasets` and
    /// `/usr/local/share/datasets`.
    ///
    /// # Errors
    /// `explicit` is not a folder: a mistyped path must not fall back on other data.
    pub fn new(explicit: Option<&Path>) -> Result<Self> {
        if let Some(folder) = explicit.filter(|folder| !folder.is_dir()) {
            let problem = "the folder does not exist; correct --data or omit it";
            return Err(Error::folder(folder, problem));
        }
        let explicit = explicit.map(|folder| Place::direct(folder.into()));
        Ok(Self {
            places: explicit.into_iter().chain(Self::default().places).collect(),
        })
    }

    /// These folders only; each may be the dataset's folder or contain it.
    pub fn of(folders: &[impl AsRef<Path>]) -> Self {
        let folders = folders.iter().map(|folder| folder.as_ref().to_owned());
        Self {
            places: folders.map(Place::direct).collect(),
        }
    }

    /// The folder that holds the files of `info`.
    ///
    /// # Errors
    /// No folder does, or one holds only some of them.
    pub(crate) fn locate(&self, info: &DatasetInfo) -> Result<PathBuf> {
        let Origin::Files {
            folders,
            files,
            obtain,
            ..
        } = &info.origin
        else {
            return Err(Error::empty(info.name, "load the embedded data, it has no files"));
        };
        for folder in self.candidates(folders) {
            let missing: Vec<_> = files
                .iter()
                .filter(|name| file(&folder, name).is_none())
                .collect();
            if missing.is_empty() {
                return Ok(folder);
            }
            if missing.len() < files.len() {
                let names = missing.iter().map(|name| **name).collect::<Vec<_>>().join(", ");
                let problem = format!("{names} of {} is missing; {obtain}", info.name);
                return Err(Error::folder(&folder, problem));
            }
        }
        Err(Error::NotFound {
            dataset: info.name,
            looked: self.candidates(folders),
            wanted: files.join(", "),
            remedy: format!("{obtain}; then pass their folder by --data or HEBB_DATA"),
        })
    }

    fn candidates(&self, folders: &[&str]) -> Vec<PathBuf> {
        let inside = |place: &Place| {
            let own = place.direct.then(|| place.folder.clone());
            let below = folders.iter().map(|name| place.folder.join(name));
            below.chain(own).collect::<Vec<_>>()
        };
        self.places.iter().flat_map(inside).collect()
    }
}

impl Default for SearchPath {
    fn default() -> Self {
        let given = std::env::var_os("HEBB_DATA").filter(|value| !value.is_empty());
        let cache = std::env::home_dir().map(|home| home.join(".cache").join("hebb"));
        let shared = [PathBuf::from("data")].into_iter().chain(cache);
        let shared = shared.chain(SYSTEM_FOLDERS.map(PathBuf::from)).map(Place::shared);
        let given = given.map(|folder| Place::direct(folder.into()));
        Self {
            places: given.into_iter().chain(shared).collect(),
        }
    }
}

/// The file `name` in `folder`, plain or compressed, also with the dot that some copies of the IDX files have.
pub(crate) fn file(folder: &Path, name: &str) -> Option<PathBuf> {
    let dotted = name.replace("-idx", ".idx");
    let names = [
        name.to_string(),
        format!("{name}.gz"),
        dotted.clone(),
        format!("{dotted}.gz"),
    ];
    names
        .iter()
        .map(|name| folder.join(name))
        .find(|path| path.exists())
}
