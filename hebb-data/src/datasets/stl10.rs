//! STL-10.

use std::path::Path;
use std::sync::Arc;

use super::{Bundle, DatasetInfo, LoadOptions, Origin, SplitSizes};
use crate::formats::{open, path_text, stl10};
use crate::{Dataset, Result};

const CLASSES: &[&str] = &[
    "airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck",
];

const UNLABELLED: &str = "unlabeled_X.bin";

pub(super) const INFO: DatasetInfo = DatasetInfo {
    name: "stl10",
    summary: "photographs of ten kinds of objects, 96×96 RGB, most without labels",
    shape: Some(stl10::SHAPE),
    classes: CLASSES,
    splits: Some(SplitSizes {
        train: 5_000,
        test: 8_000,
        unlabelled: 100_000,
    }),
    origin: Origin::Files {
        folders: &["stl10_binary", "stl10", "stl-10"],
        files: &["train_X.bin", "train_y.bin", "test_X.bin", "test_y.bin"],
        obtain: "get and unpack the binary version of STL-10, https://cs.stanford.edu/~acoates/stl10",
        load,
    },
    licence: "none stated; the images are from ImageNet",
    citation: "A. Coates, H. Lee, A. Ng, \"An Analysis of Single-Layer Networks in Unsupervised Feature Learning\", \
               AISTATS 2011",
};

fn load(folder: &Path, options: &LoadOptions) -> Result<Bundle> {
    let images = |name: &str| {
        let path = folder.join(name);
        stl10::read_images(open(&path)?, &path_text(&path))
    };
    let labels = |name: &str| {
        let path = folder.join(name);
        stl10::read_labels(open(&path)?, &path_text(&path))
    };
    let train = (images("train_X.bin")?, labels("train_y.bin")?);
    let test = (images("test_X.bin")?, labels("test_y.bin")?);
    let mut bundle = INFO.bundle(stl10::SHAPE, train, test)?;
    if options.unlabelled {
        let pixels = images(UNLABELLED)?;
        let data = Dataset::new(INFO.name, stl10::SHAPE, pixels, None, INFO.class_names())?;
        bundle.unlabelled = Some(Arc::new(data));
    }
    Ok(bundle)
}
