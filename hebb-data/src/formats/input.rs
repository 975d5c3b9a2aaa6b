//! A bounded byte reader with the file name and offset for errors.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use crate::error::ensure;
use crate::{Error, Result};

/// Largest decompressed size of a file, 16 GiB.
pub(crate) const MAX_BYTES: u64 = 1 << 34;

/// Initial allocation of a read, in bytes.
const FIRST_BYTES: u64 = 1 << 24;

/// The remedy for a truncated or damaged file.
pub(crate) const FETCH_AGAIN: &str = "the file is damaged or incomplete, fetch it again";

/// Opens a file for reading; a pipe or device, on which reading may wait for ever, is refused.
pub(crate) fn open(path: &Path) -> Result<BufReader<File>> {
    let kind = std::fs::metadata(path).map_err(Error::io(path))?.file_type();
    ensure(kind.is_file(), || {
        let problem = "it is not a regular file; copy its content to one";
        Error::folder(path, problem)
    })?;
    File::open(path).map(BufReader::new).map_err(Error::io(path))
}

/// The path as text for error messages.
pub(crate) fn path_text(path: &Path) -> String {
    path.display().to_string()
}

/// A reader with the name of its file and the offset of the next byte.
#[derive(Debug)]
pub(crate) struct ByteReader<'a, R> {
    reader: R,
    file: &'a str,
    offset: u64,
}

impl<'a, R: Read> ByteReader<'a, R> {
    pub(crate) fn new(reader: R, file: &'a str) -> Self {
        Self {
            reader,
            file,
            offset: 0,
        }
    }

    /// An error at the next byte.
    pub(crate) fn error(&self, problem: impl Into<String>) -> Error {
        self.error_at(self.offset, problem)
    }

    /// An error at byte `offset`.
    pub(crate) fn error_at(&self, offset: u64, problem: impl Into<String>) -> Error {
        Error::format(self.file, offset, problem)
    }

    /// The next N bytes.
    pub(crate) fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N]> {
        let mut array = [0; N];
        array.copy_from_slice(&self.bytes(N as u64, what)?);
        Ok(array)
    }

    /// The next `count` bytes; memory grows only with the bytes that exist.
    pub(crate) fn bytes(&mut self, count: u64, what: &str) -> Result<Vec<u8>> {
        ensure(count <= MAX_BYTES, || {
            let problem = format!("{what} would take {count} bytes, more than {MAX_BYTES}");
            self.error(format!(
                "{problem}; the header is damaged or this is another format"
            ))
        })?;
        let bytes = self.up_to(count)?;
        let found = bytes.len();
        ensure(found as u64 == count, || {
            let problem = format!("the file ends here, {what} should take {count} bytes and takes {found}");
            self.error(format!("{problem}; {FETCH_AGAIN}"))
        })?;
        Ok(bytes)
    }

    /// All remaining bytes: whole records of `size` bytes, at least one; `record` names one in errors.
    pub(crate) fn records(&mut self, size: usize, record: &str) -> Result<Vec<u8>> {
        let bytes = self.up_to(MAX_BYTES)?;
        self.expect_end()?;
        let rest = bytes.len() % size;
        ensure(!bytes.is_empty(), || {
            self.error_at(0, format!("the file is empty; {FETCH_AGAIN}"))
        })?;
        ensure(rest == 0, || {
            let problem = format!("the last {record} has {rest} bytes of {size}; {FETCH_AGAIN}");
            self.error_at((bytes.len() - rest) as u64, problem)
        })?;
        Ok(bytes)
    }

    /// Checks that the file ends here.
    pub(crate) fn expect_end(&mut self) -> Result<()> {
        let end = self.up_to(1)?.is_empty();
        ensure(end, || {
            let remedy = "it is another format or two files joined, fetch it again";
            let problem = format!("the file continues where it should end; {remedy}");
            self.error_at(self.offset - 1, problem)
        })
    }

    fn up_to(&mut self, count: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(count.min(FIRST_BYTES) as usize);
        let outcome = self.reader.by_ref().take(count).read_to_end(&mut bytes);
        self.offset += bytes.len() as u64;
        outcome.map_err(|cause| self.error(format!("reading failed: {cause}; {FETCH_AGAIN}")))?;
        Ok(bytes)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_is_refused_before_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        let message = open(&pipe).unwrap_err().to_string();
        assert!(message.contains("pipe: it is not a regular file"), "{message}");
    }
}
