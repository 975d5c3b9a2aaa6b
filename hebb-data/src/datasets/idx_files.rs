//! The four IDX files of the datasets of the MNIST family.

use std::io::Read;
use std::path::Path;

use super::{Bundle, DatasetInfo, SplitSizes, search};
use crate::formats::{idx, open, path_text};
use crate::{Error, ImageShape, Result};

pub(super) const SHAPE: ImageShape = ImageShape::new(1, 28, 28);
pub(super) const SPLITS: SplitSizes = SplitSizes::labelled(60_000, 10_000);
pub(super) const FILES: &[&str] = &[
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

/// The ten digits.
pub(super) const DIGITS: &[&str] = &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// Loads the four files in `folder`.
pub(super) fn load(info: &DatasetInfo, folder: &Path) -> Result<Bundle> {
    let split = |images: &str, labels: &str| {
        let path = |name| search::file(folder, name).unwrap_or_else(|| folder.join(name));
        let (images, labels) = (path(images), path(labels));
        let (image_name, label_name) = (path_text(&images), path_text(&labels));
        parse(
            open(&images)?,
            &image_name,
            open(&labels)?,
            &label_name,
            info.classes.len(),
        )
    };
    let train = split(FILES[0], FILES[1])?;
    let test = split(FILES[2], FILES[3])?;
    info.bundle(SHAPE, train, test)
}

/// The pixels and labels of one split.
pub(super) fn parse(
    images: impl Read,
    image_file: &str,
    labels: impl Read,
    label_file: &str,
    classes: usize,
) -> Result<(Vec<u8>, Vec<u16>)> {
    let images = idx::read(images, image_file)?;
    if images.dims.len() != 3 || images.dims[1..] != [SHAPE.height, SHAPE.width] || images.dims[0] == 0 {
        let problem = format!("the dimensions are {:?}, not n, 28, 28", images.dims);
        let remedy = "give the file of images of this dataset";
        return Err(Error::format(image_file, 4, format!("{problem}; {remedy}")));
    }
    let labels = idx::read(labels, label_file)?;
    if labels.dims != images.dims[..1] {
        let problem = format!(
            "the dimensions are {:?} for {} images",
            labels.dims, images.dims[0]
        );
        let remedy = "give the file of labels that belongs to the images";
        return Err(Error::format(label_file, 4, format!("{problem}; {remedy}")));
    }
    let mut values = labels.bytes.iter();
    if let Some(at) = values.position(|&label| usize::from(label) >= classes) {
        let problem = format!("label {} is not below {classes}", labels.bytes[at]);
        let remedy = "the file is damaged or of another dataset";
        return Err(Error::format(
            label_file,
            8 + at as u64,
            format!("{problem}; {remedy}"),
        ));
    }
    Ok((images.bytes, labels.bytes.into_iter().map(u16::from).collect()))
}
