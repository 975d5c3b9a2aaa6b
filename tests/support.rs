//! A sandbox for running whole commands in a temporary folder.

use ndarray::{ArrayD, IxDyn, OwnedRepr};
use ndarray_npy::{NpzReader, NpzWriter};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Arrays by name.
pub(crate) type Arrays = BTreeMap<String, ArrayD<f32>>;

/// A temporary folder that commands run in.
pub(crate) struct Sandbox {
    folder: TempDir,
}

/// Exit code and output of a command.
pub(crate) struct Outcome {
    command: String,
    code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Sandbox {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The names of everything in the folder, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    pub(crate) fn write_arrays(&self, name: &str, arrays: &Arrays) {
        let mut writer = NpzWriter::new(File::create(self.path(name)).unwrap());
        arrays
            .iter()
            .for_each(|(name, array)| writer.add_array(name.as_str(), array).unwrap());
        writer.finish().unwrap();
    }

    /// The command `hebb`, ready to run here, unaware of the user's settings.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hebb"));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        for setting in ["HEBB_DATA", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            command.env_remove(setting);
        }
        command
    }

    /// Runs `hebb` with these arguments.
    pub(crate) fn hebb<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Outcome {
        let mut command = self.command();
        run(command.args(arguments))
    }
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let output = command.output().unwrap();
    Outcome {
        command: format!("{command:?}"),
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Outcome {
    /// Standard output of a command that must have succeeded.
    #[track_caller]
    pub(crate) fn success(self) -> String {
        assert_eq!(self.code, Some(0), "{}: {}", self.command, self.stderr);
        self.stdout
    }

    /// Standard output as JSON.
    #[track_caller]
    pub(crate) fn json(self) -> serde_json::Value {
        let text = self.success();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Asserts that the command failed with one `error:` line that has all of `parts`, and printed no result.
    #[track_caller]
    pub(crate) fn fails_with(self, parts: &[&str]) {
        assert_eq!(self.code, Some(1), "{}: {}", self.command, self.stderr);
        assert_eq!(self.stdout, "", "{}", self.command);
        let message = self.stderr.lines().find(|line| line.starts_with("error: "));
        let message = message.unwrap_or_else(|| panic!("{}: {}", self.command, self.stderr));
        for part in parts {
            assert!(
                message.contains(part),
                "{}: no {part:?} in {message:?}",
                self.command
            );
        }
    }

    /// Asserts that the command line was not understood, for a reason that has all of `parts`.
    #[track_caller]
    pub(crate) fn misused(self, parts: &[&str]) {
        assert_eq!(self.code, Some(2), "{}: {}", self.command, self.stderr);
        for part in parts {
            assert!(
                self.stderr.contains(part),
                "{}: no {part:?} in {}",
                self.command,
                self.stderr
            );
        }
    }
}

pub(crate) fn read_arrays(path: &Path) -> Arrays {
    let mut reader = NpzReader::new(File::open(path).unwrap()).unwrap();
    let names = reader.names().unwrap();
    let array = |name: String| {
        let array = reader.by_name::<OwnedRepr<f32>, IxDyn>(&name).unwrap();
        (name, array)
    };
    names.into_iter().map(array).collect()
}
