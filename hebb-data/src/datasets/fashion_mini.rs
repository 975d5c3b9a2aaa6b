//! fashion-mini, the subset of Fashion-MNIST embedded in this crate (`embedded/README.md` describes its making).

use super::idx_files::{self, SHAPE};
use super::{Bundle, DatasetInfo, Origin, SplitSizes, fashion_mnist};
use crate::Result;

pub(super) const INFO: DatasetInfo = DatasetInfo {
    name: "fashion-mini",
    summary: "a balanced part of Fashion-MNIST, embedded",
    shape: Some(SHAPE),
    classes: fashion_mnist::CLASSES,
    splits: Some(SplitSizes::labelled(5_500, 1_000)),
    origin: Origin::Embedded(load),
    licence: "MIT",
    citation: fashion_mnist::CITATION,
};

macro_rules! embedded {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/embedded/", $name, ".gz")).as_slice()
    };
}

const TRAIN: [&[u8]; 2] = [
    embedded!("train-images-idx3-ubyte"),
    embedded!("train-labels-idx1-ubyte"),
];
const TEST: [&[u8]; 2] = [
    embedded!("t10k-images-idx3-ubyte"),
    embedded!("t10k-labels-idx1-ubyte"),
];

fn load() -> Result<Bundle> {
    let split = |[images, labels]: [&[u8]; 2]| {
        idx_files::parse(
            images,
            "embedded images",
            labels,
            "embedded labels",
            INFO.classes.len(),
        )
    };
    INFO.bundle(SHAPE, split(TRAIN)?, split(TEST)?)
}
