//! User images in class folders: `train/CLASS/*`, `test/CLASS/*` and optionally `unlabelled/*`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Bundle, DatasetInfo, LoadOptions, Origin};
use crate::error::ensure;
use crate::formats::folder::{Images, RESIZE, classes, decode, files};
use crate::{Dataset, Error, ImageShape, Result};

pub(super) const INFO: DatasetInfo = DatasetInfo {
    name: "folder",
    summary: "PNG and JPEG images in train/CLASS and test/CLASS, as RGB",
    shape: None,
    classes: &[],
    splits: None,
    origin: Origin::Files {
        folders: &[],
        files: &["train", "test"],
        obtain: "put PNG or JPEG images into train/CLASS and test/CLASS, one folder per class",
        load,
    },
    licence: "that of the images",
    citation: "none",
};

fn load(folder: &Path, options: &LoadOptions) -> Result<Bundle> {
    let (train, test) = (folder.join("train"), folder.join("test"));
    let names = classes(&train)?;
    if let Some(other) = classes(&test)?.iter().find(|name| !names.contains(name)) {
        let problem =
            format!("class {other} has no training images; add its folder to train or remove it here");
        return Err(Error::folder(&test.join(other), problem));
    }
    let train = labelled(&train, &names, options)?;
    let test = labelled(&test, &names, options)?;
    check_size(&folder.join("test"), train.shape(), test.shape())?;
    let mut unlabelled = None;
    if options.unlabelled {
        let folder = folder.join("unlabelled");
        let data = dataset(decode(&files(&folder)?, options.size)?, None, &names)?;
        check_size(&folder, train.shape(), data.shape())?;
        unlabelled = Some(data);
    }
    Ok(Bundle {
        train,
        test,
        unlabelled,
        location: None,
    })
}

/// The labelled images of the class folders in `split`.
fn labelled(split: &Path, names: &[String], options: &LoadOptions) -> Result<Arc<Dataset>> {
    let (mut paths, mut labels): (Vec<PathBuf>, Vec<u16>) = Default::default();
    for (label, name) in names.iter().enumerate() {
        let class = split.join(name);
        if class.is_dir() {
            let found = files(&class)?;
            let label = u16::try_from(label)
                .map_err(|_| Error::folder(split, "there are more than 65536 classes; use fewer classes"))?;
            labels.extend(found.iter().map(|_| label));
            paths.extend(found);
        }
    }
    dataset(decode(&paths, options.size)?, Some(labels), names)
}

fn dataset(images: Images, labels: Option<Vec<u16>>, names: &[String]) -> Result<Arc<Dataset>> {
    Dataset::new(INFO.name, images.shape, images.pixels, labels, names.to_vec()).map(Arc::new)
}

fn check_size(folder: &Path, train: ImageShape, found: ImageShape) -> Result<()> {
    ensure(train == found, || {
        let problem = format!("the images are {found}, the training images {train}; {RESIZE}");
        Error::folder(folder, problem)
    })
}
