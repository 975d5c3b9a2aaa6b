//! CIFAR-100, with its 100 fine or its 20 coarse classes.

use std::path::Path;

use super::{Bundle, DatasetInfo, Origin, SplitSizes, cifar10};
use crate::Result;
use crate::formats::{cifar, open, path_text};

const FILES: &[&str] = &["train.bin", "test.bin"];
const FOLDERS: &[&str] = &["cifar-100-binary", "cifar100", "cifar-100"];
const OBTAIN: &str =
    "get and unpack the binary version of CIFAR-100, https://www.cs.toronto.edu/~kriz/cifar.html";

pub(super) const INFO: DatasetInfo = DatasetInfo {
    name: "cifar100",
    summary: "small photographs of 100 kinds of objects, 32×32 RGB",
    shape: Some(cifar::SHAPE),
    classes: FINE_CLASSES,
    splits: Some(SplitSizes::labelled(50_000, 10_000)),
    origin: Origin::Files {
        folders: FOLDERS,
        files: FILES,
        obtain: OBTAIN,
        load: |folder, _| load(&INFO, folder, |records| records.labels),
    },
    licence: "none stated",
    citation: cifar10::INFO.citation,
};

pub(super) const COARSE: DatasetInfo = DatasetInfo {
    name: "cifar100-coarse",
    summary: "CIFAR-100 with its 20 superclasses",
    classes: COARSE_CLASSES,
    origin: Origin::Files {
        folders: FOLDERS,
        files: FILES,
        obtain: OBTAIN,
        load: |folder, _| load(&COARSE, folder, |records| records.coarse),
    },
    ..INFO
};

fn load(info: &DatasetInfo, folder: &Path, pick: fn(cifar::CifarRecords) -> Vec<u16>) -> Result<Bundle> {
    let read = |name: &str| {
        let path = folder.join(name);
        let mut records = cifar::read100(open(&path)?, &path_text(&path))?;
        let pixels = std::mem::take(&mut records.pixels);
        Ok((pixels, pick(records)))
    };
    info.bundle(cifar::SHAPE, read(FILES[0])?, read(FILES[1])?)
}

#[rustfmt::skip]
const FINE_CLASSES: &[&str] = &[
    "apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle", "bowl",
    "boy", "bridge", "bus", "butterfly", "camel", "can", "castle", "caterpillar", "cattle", "chair",
    "chimpanzee", "clock", "cloud", "cockroach", "couch", "crab", "crocodile", "cup", "dinosaur", "dolphin",
    "elephant", "flatfish", "forest", "fox", "girl", "hamster", "house", "kangaroo", "keyboard", "lamp",
    "lawn_mower", "leopard", "lion", "lizard", "lobster", "man", "maple_tree", "motorcycle", "mountain",
    "mouse", "mushroom", "oak_tree", "orange", "orchid", "otter", "palm_tree", "pear", "pickup_truck",
    "pine_tree", "plain", "plate", "poppy", "porcupine", "possum", "rabbit", "raccoon", "ray", "road", "rocket",
    "rose", "sea", "seal", "shark", "shrew", "skunk", "skyscraper", "snail", "snake", "spider", "squirrel",
    "streetcar", "sunflower", "sweet_pepper", "table", "tank", "telephone", "television", "tiger", "tractor",
    "train", "trout", "tulip", "turtle", "wardrobe", "whale", "willow_tree", "wolf", "woman", "worm",
];

#[rustfmt::skip]
const COARSE_CLASSES: &[&str] = &[
    "aquatic_mammals", "fish", "flowers", "food_containers", "fruit_and_vegetables",
    "household_electrical_devices", "household_furniture", "insects", "large_carnivores",
    "large_man-made_outdoor_things", "large_natural_outdoor_scenes", "large_omnivores_and_herbivores",
    "medium_mammals", "non-insect_invertebrates", "people", "reptiles", "small_mammals", "trees", "vehicles_1",
    "vehicles_2",
];
