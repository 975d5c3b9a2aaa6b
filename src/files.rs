//! Reading of whole files, and atomic writes.

use crate::{Error, Result};
use serde::de::DeserializeOwned;
use std::fs::{self, File};
use std::path::Path;
use tempfile::NamedTempFile;

/// The contents of a text file.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(Error::io("read", path))
}

/// The value in a JSON file.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    serde_json::from_str(&read_text(path)?).map_err(|error| Error::format(path, error))
}

/// The folder that `path` lies in.
pub(crate) fn parent(path: &Path) -> &Path {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

/// Writes a temporary file and renames it to `path` when it is complete; until then an existing file stays.
///
/// # Errors
/// [`Error::Io`], for instance when the disk is full, or what `write` reports.
pub(crate) fn write_atomically(path: &Path, write: impl FnOnce(&mut File) -> Result<()>) -> Result<()> {
    let mut file = create_in(parent(path)).map_err(Error::io("write", path))?;
    write(file.as_file_mut())?;
    file.as_file().sync_all().map_err(Error::io("write", path))?;
    let persisted = file.persist(path).map(drop);
    persisted.map_err(|error| Error::io("write", path)(error.error))
}

/// A temporary file with the permissions of an ordinary one.
fn create_in(folder: &Path) -> std::io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".hebb-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_write_that_fails_leaves_the_former_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        std::fs::write(&path, "former").unwrap();
        let failed = write_atomically(&path, |file| {
            file.write_all(b"half").unwrap();
            Err(Error::Threads(0))
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"former");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_appears_under_its_name_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        write_atomically(&path, |file| {
            file.write_all(b"whole").map_err(Error::io("write", &path))
        })
        .unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"whole");
    }
}
