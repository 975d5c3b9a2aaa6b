//! CIFAR-10.

use std::path::Path;

use super::{Bundle, DatasetInfo, LoadOptions, Origin, SplitSizes};
use crate::Result;
use crate::formats::{cifar, open, path_text};

const CLASSES: &[&str] = &[
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
];

/// Five training files, then the test file.
const FILES: &[&str] = &[
    "data_batch_1.bin",
    "data_batch_2.bin",
    "data_batch_3.bin",
    "data_batch_4.bin",
    "data_batch_5.bin",
    "test_batch.bin",
];

pub(super) const INFO: DatasetInfo = DatasetInfo {
    name: "cifar10",
    summary: "small photographs of ten kinds of objects, 32×32 RGB",
    shape: Some(cifar::SHAPE),
    classes: CLASSES,
    splits: Some(SplitSizes::labelled(50_000, 10_000)),
    origin: Origin::Files {
        folders: &["cifar-10-batches-bin", "cifar10", "cifar-10"],
        files: FILES,
        obtain: "get and unpack the binary version of CIFAR-10, https://www.cs.toronto.edu/~kriz/cifar.html",
        load,
    },
    licence: "none stated",
    citation: "A. Krizhevsky, \"Learning Multiple Layers of Features from Tiny Images\", University of Toronto, 2009",
};

fn load(folder: &Path, _: &LoadOptions) -> Result<Bundle> {
    let read = |name: &str| {
        let path = folder.join(name);
        let records = cifar::read10(open(&path)?, &path_text(&path))?;
        Ok((records.pixels, records.labels))
    };
    let (mut pixels, mut labels) = read(FILES[0])?;
    for name in &FILES[1..5] {
        let (more_pixels, more_labels) = read(name)?;
        pixels.extend(more_pixels);
        labels.extend(more_labels);
    }
    INFO.bundle(cifar::SHAPE, (pixels, labels), read(FILES[5])?)
}
