//! On-disk cache of compiled kernels. A failed read or write means that the kernels are compiled again.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};

/// One entry of the cache, which may not exist yet.
#[derive(Debug)]
pub(super) struct Cache {
    file: Option<PathBuf>,
}

impl Cache {
    /// The entry for `key` in `folder`; without a folder nothing is stored.
    pub(super) fn new(folder: Option<&Path>, key: &impl Hash) -> Self {
        Self {
            file: folder.map(|folder| folder.join(format!("{:016x}.image", hash(key)))),
        }
    }

    /// The stored bytes; `None` if there are none or their checksum does not match.
    pub(super) fn read(&self) -> Option<Vec<u8>> {
        let mut bytes = std::fs::read(self.file.as_ref()?).ok()?;
        let checksum = bytes.split_off(bytes.len().checked_sub(size_of::<u64>())?);
        (checksum == hash(&bytes).to_le_bytes()).then_some(bytes)
    }

    /// Stores `bytes` atomically.
    pub(super) fn write(&self, bytes: &[u8]) {
        // A folder that cannot be written means only that the next start compiles again.
        let _ = self.try_write(bytes);
    }

    fn try_write(&self, bytes: &[u8]) -> std::io::Result<()> {
        let Some((file, folder)) = self.file.as_ref().and_then(|file| Some((file, file.parent()?))) else {
            return Ok(());
        };
        std::fs::create_dir_all(folder)?;
        let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
        temporary.write_all(bytes)?;
        temporary.write_all(&hash(&bytes.to_vec()).to_le_bytes())?;
        temporary.persist(file)?;
        Ok(())
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(Some(&folder.path().join("deep/er")), &"key");
        assert_eq!(cache.read(), None);
        cache.write(b"code");
        assert_eq!(cache.read().as_deref(), Some(&b"code"[..]));
        assert_eq!(
            Cache::new(Some(&folder.path().join("deep/er")), &"other key").read(),
            None
        );
    }

    #[test]
    fn damaged_entries_are_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(Some(folder.path()), &"key");
        cache.write(b"code");
        let file = cache.file.clone().unwrap();
        let whole = std::fs::read(&file).unwrap();
        for damaged in [&whole[..whole.len() - 1], &whole[1..], b"", b"abc"] {
            std::fs::write(&file, damaged).unwrap();
            assert_eq!(cache.read(), None, "{damaged:?}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn no_folder_and_a_folder_that_cannot_be_made_keep_nothing() {
        let none = Cache::new(None, &"key");
        none.write(b"code");
        assert_eq!(none.read(), None);
        let file = tempfile::NamedTempFile::new().unwrap();
        let blocked = Cache::new(Some(file.path()), &"key");
        blocked.write(b"code");
        assert_eq!(blocked.read(), None);
    }
}
