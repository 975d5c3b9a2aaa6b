//! MNIST.

use super::idx_files::{self, DIGITS, FILES, SHAPE, SPLITS};
use super::{DatasetInfo, Origin};

pub(super) const INFO: DatasetInfo = DatasetInfo {
    name: "mnist",
    summary: "handwritten digits, 28×28 gray",
    shape: Some(SHAPE),
    classes: DIGITS,
    splits: Some(SPLITS),
    origin: Origin::Files {
        folders: &["mnist", "MNIST/raw", "MNIST"],
        files: FILES,
        obtain: "get the four IDX files of MNIST, http://yann.lecun.com/exdb/mnist",
        load: |folder, _| idx_files::load(&INFO, folder),
    },
    licence: "CC BY-SA 3.0",
    citation: "Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, \"Gradient-Based Learning Applied to Document Recognition\", \
               Proceedings of the IEEE 86, 1998",
};
