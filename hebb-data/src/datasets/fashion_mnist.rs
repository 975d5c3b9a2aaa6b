//! Fashion-MNIST.

use super::idx_files::{self, FILES, SHAPE, SPLITS};
use super::{DatasetInfo, Origin};

pub(super) const CLASSES: &[&str] = &[
    "t-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
];

pub(super) const CITATION: &str = "H. Xiao, K. Rasul, R. Vollgraf, \"Fashion-MNIST: a Novel Image Dataset for \
                                   Benchmarking Machine Learning Algorithms\", arXiv 1708.07747, 2017";

pub(super) const INFO: DatasetInfo = DatasetInfo {
    name: "fashion-mnist",
    summary: "clothes, 28×28 gray",
    shape: Some(SHAPE),
    classes: CLASSES,
    splits: Some(SPLITS),
    origin: Origin::Files {
        folders: &[
            "fashion-mnist",
            "FashionMNIST/raw",
            "FashionMNIST",
            "fashion_mnist",
        ],
        files: FILES,
        obtain: "install the Debian package dataset-fashion-mnist, or get the four IDX files from \
                 https://github.com/zalandoresearch/fashion-mnist",
        load: |folder, _| idx_files::load(&INFO, folder),
    },
    licence: "MIT",
    citation: CITATION,
};
