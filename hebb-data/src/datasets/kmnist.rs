//! Kuzushiji-MNIST.

use super::idx_files::{self, FILES, SHAPE, SPLITS};
use super::{DatasetInfo, Origin};

const CLASSES: &[&str] = &["o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"];

pub(super) const INFO: DatasetInfo = DatasetInfo {
    name: "kmnist",
    summary: "cursive Japanese characters, 28×28 gray",
    shape: Some(SHAPE),
    classes: CLASSES,
    splits: Some(SPLITS),
    origin: Origin::Files {
        folders: &["kmnist", "KMNIST/raw", "KMNIST"],
        files: FILES,
        obtain: "get the four IDX files of Kuzushiji-MNIST from https://github.com/rois-codh/kmnist",
        load: |folder, _| idx_files::load(&INFO, folder),
    },
    licence: "CC BY-SA 4.0",
    citation: "T. Clanuwat et al., \"Deep Learning for Classical Japanese Literature\", arXiv 1812.01718, 2018",
};
