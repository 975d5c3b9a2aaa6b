//! Run folders: written under a temporary name and renamed when complete.
//!
//! | file | holds |
//! |---|---|
//! | `config.toml` | the experiment, every default spelled out |
//! | `metrics.jsonl` | a line for each epoch |
//! | `result.json` | accuracies, times, seed, versions, machine |
//! | `weights.safetensors` | every layer and transform, in PyTorch's layout |
//! | `filters-N.png` | the receptive fields of layer N |

use super::{Experiment, RunResult};
use crate::files::{parent, read_json, read_text};
use crate::{Error, Result};
use hebb_core::layer::Tensors;
use ndarray::ArrayD;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::Serialize;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const CONFIG: &str = "config.toml";
const METRICS: &str = "metrics.jsonl";
const RESULT: &str = "result.json";
const WEIGHTS: &str = "weights.safetensors";

/// A run folder being written. Dropped before [`RunWriter::finish`], it is removed.
#[derive(Debug)]
pub struct RunWriter {
    folder: TempDir,
    target: PathBuf,
    metrics: File,
}

impl RunWriter {
    /// Starts a run that will be renamed to `target`.
    ///
    /// # Errors
    /// [`Error::Exists`], or [`Error::Io`] if the folder's place cannot be written to.
    pub fn create(target: &Path) -> Result<Self> {
        if target.exists() {
            return Err(Error::Exists(target.to_owned()));
        }
        let parent = parent(target);
        fs::create_dir_all(parent).map_err(Error::io("create", parent))?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".hebb-run-");
        // Others may read a run, as far as the user's mask allows.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
        let folder = builder
            .tempdir_in(parent)
            .map_err(Error::io("write to", parent))?;
        let path = folder.path().join(METRICS);
        let metrics = File::create(&path).map_err(Error::io("create", &path))?;
        Ok(Self {
            folder,
            target: target.to_owned(),
            metrics,
        })
    }

    /// Adds a line to the metrics.
    ///
    /// # Errors
    /// [`Error::Io`], for instance when the disk is full.
    pub fn metric(&mut self, line: &impl Serialize) -> Result<()> {
        let path = self.path(METRICS);
        let text = serde_json::to_string(line).map_err(|error| Error::format(&path, error))?;
        writeln!(self.metrics, "{text}").map_err(Error::io("write", &path))
    }

    /// Writes the experiment.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn config(&self, experiment: &Experiment) -> Result<()> {
        self.write(CONFIG, experiment.to_toml()?.as_bytes())
    }

    /// Writes the result.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn result(&self, result: &RunResult) -> Result<()> {
        let text = serde_json::to_string_pretty(result);
        let text = text.map_err(|error| Error::format(&self.path(RESULT), error))?;
        self.write(RESULT, text.as_bytes())
    }

    /// Writes the weights.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn weights(&self, tensors: &Tensors) -> Result<()> {
        self.write(WEIGHTS, &to_safetensors(tensors, &self.path(WEIGHTS))?)
    }

    /// The temporary folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Renames the complete run to its target.
    ///
    /// # Errors
    /// [`Error::Exists`] if the target has appeared meanwhile, or [`Error::Io`].
    pub fn finish(self) -> Result<PathBuf> {
        self.metrics
            .sync_all()
            .map_err(Error::io("write", &self.path(METRICS)))?;
        if self.target.exists() {
            return Err(Error::Exists(self.target));
        }
        fs::rename(self.folder.path(), &self.target).map_err(Error::io("rename to", &self.target))?;
        // Renamed: there is nothing left to remove.
        drop(self.folder.keep());
        Ok(self.target)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.path(name);
        let mut file = File::create(&path).map_err(Error::io("create", &path))?;
        file.write_all(bytes)
            .and_then(|()| file.sync_all())
            .map_err(Error::io("write", &path))
    }
}

/// A finished run folder.
#[derive(Clone, Debug)]
pub struct Run {
    folder: PathBuf,
}

impl Run {
    /// The run in `folder`.
    ///
    /// # Errors
    /// [`Error::Format`] if it is no run folder.
    pub fn open(folder: &Path) -> Result<Self> {
        let mut needed = [CONFIG, WEIGHTS].into_iter();
        if let Some(name) = needed.find(|name| !folder.join(name).is_file()) {
            let problem = format!("this is no run folder: it has no {name}");
            return Err(Error::format(folder, problem));
        }
        let folder = folder.to_owned();
        Ok(Self { folder })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The experiment.
    ///
    /// # Errors
    /// [`Error::Io`] or [`Error::Config`].
    pub fn experiment(&self) -> Result<Experiment> {
        let path = self.folder.join(CONFIG);
        Experiment::parse(&read_text(&path)?, &path.display().to_string(), &[])
    }

    /// The weights.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Format`] for a damaged file.
    pub fn weights(&self) -> Result<Tensors> {
        let path = self.folder.join(WEIGHTS);
        let bytes = fs::read(&path).map_err(Error::io("read", &path))?;
        from_safetensors(&bytes).map_err(|problem| Error::format(&path, problem))
    }

    /// The result.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Format`] for a damaged file.
    pub fn result(&self) -> Result<RunResult> {
        read_json(&self.folder.join(RESULT))
    }
}

fn to_safetensors(tensors: &Tensors, path: &Path) -> Result<Vec<u8>> {
    let bytes: Vec<Vec<u8>> = tensors
        .values()
        .map(|array| array.iter().flat_map(|value| value.to_le_bytes()).collect())
        .collect();
    let mut views = Vec::with_capacity(tensors.len());
    for ((name, array), bytes) in tensors.iter().zip(&bytes) {
        let view = TensorView::new(Dtype::F32, array.shape().to_vec(), bytes);
        views.push((name.as_str(), view.map_err(|error| Error::format(path, error))?));
    }
    safetensors::serialize(views, None).map_err(|error| Error::format(path, error))
}

fn from_safetensors(bytes: &[u8]) -> Result<Tensors, String> {
    let file = SafeTensors::deserialize(bytes)
        .map_err(|error| format!("this is no complete safetensors file ({error}); train again"))?;
    let mut tensors = Tensors::new();
    for (name, view) in file.iter() {
        let kind = view.dtype();
        if kind != Dtype::F32 {
            return Err(format!("array {name} holds {kind:?}; only F32 is known"));
        }
        let (values, _) = view.data().as_chunks();
        let values = values.iter().map(|bytes| f32::from_le_bytes(*bytes));
        let array = ArrayD::from_shape_vec(view.shape(), values.collect());
        let array = array.map_err(|error| format!("array {name}: {error}"))?;
        tensors.insert(name.to_owned(), array);
    }
    Ok(tensors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_survive_the_way_through_safetensors() {
        let array =
            ArrayD::from_shape_vec(vec![2, 3], vec![1.0, -2.5, f32::MIN_POSITIVE, 0.0, 5.0, 6.0]).unwrap();
        let tensors = Tensors::from([("layers.0.weight".to_owned(), array)]);
        let bytes = to_safetensors(&tensors, Path::new("x")).unwrap();
        assert_eq!(from_safetensors(&bytes).unwrap(), tensors);
        assert!(
            from_safetensors(&bytes[..bytes.len() - 1])
                .unwrap_err()
                .contains("train again")
        );
    }

    #[test]
    fn a_run_that_is_not_finished_leaves_nothing_behind() {
        let parent = tempfile::tempdir().unwrap();
        let target = parent.path().join("run");
        drop(RunWriter::create(&target).unwrap());
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_that_exists_is_left_alone() {
        let parent = tempfile::tempdir().unwrap();
        let message = RunWriter::create(parent.path()).unwrap_err().to_string();
        assert!(message.contains("exists already"), "{message}");
        let writer = RunWriter::create(&parent.path().join("run")).unwrap();
        fs::create_dir(parent.path().join("run")).unwrap();
        assert!(matches!(writer.finish(), Err(Error::Exists(_))));
    }
}
