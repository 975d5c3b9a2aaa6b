//! The binary layout of CIFAR-10 and CIFAR-100.
//!
//! Records without a header: the label bytes (CIFAR-10: the class; CIFAR-100: the coarse class, then the fine one),
//! then 32×32 bytes each of red, green and blue. Source: A. Krizhevsky, "Learning Multiple Layers of Features from
//! Tiny Images", 2009, and the page of the dataset.

use std::io::Read;

use super::input::ByteReader;
use crate::{ImageShape, Result};

/// The shape of every CIFAR image.
pub const SHAPE: ImageShape = ImageShape::new(3, 32, 32);

/// The images and labels of a file of records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CifarRecords {
    /// (n, 3, 32, 32).
    pub pixels: Vec<u8>,
    /// The class of each image, for CIFAR-100 the fine class.
    pub labels: Vec<u16>,
    /// The coarse class of each image; empty for CIFAR-10.
    pub coarse: Vec<u16>,
}

/// Reads CIFAR-10 records: one label byte below 10, then the image.
///
/// # Errors
/// No record, a part of a record at the end, or a label that does not exist.
pub fn read10(reader: impl Read, file: &str) -> Result<CifarRecords> {
    read(reader, file, &[10])
}

/// Reads CIFAR-100 records: a coarse label below 20, a fine label below 100, then the image.
///
/// # Errors
/// No record, a part of a record at the end, or a label that does not exist.
pub fn read100(reader: impl Read, file: &str) -> Result<CifarRecords> {
    read(reader, file, &[20, 100])
}

/// `classes` bounds each label byte of a record; the last one is the class.
fn read(reader: impl Read, file: &str, classes: &[u8]) -> Result<CifarRecords> {
    let mut input = ByteReader::new(reader, file);
    let size = classes.len() + SHAPE.len();
    let bytes = input.records(size, "record")?;
    let mut records = CifarRecords::default();
    records.pixels.reserve_exact(bytes.len() / size * SHAPE.len());
    for (index, record) in bytes.chunks_exact(size).enumerate() {
        let (labels, pixels) = record.split_at(classes.len());
        let mut bounded = labels.iter().zip(classes);
        if let Some(at) = bounded.position(|(label, bound)| label >= bound) {
            let problem = format!("label {} is not below {}", labels[at], classes[at]);
            let remedy = "the file is damaged or not this dataset's binary version";
            return Err(input.error_at((index * size + at) as u64, format!("{problem}; {remedy}")));
        }
        let (coarse, fine) = labels.split_at(labels.len() - 1);
        records.labels.extend(fine.iter().copied().map(u16::from));
        records.coarse.extend(coarse.iter().copied().map(u16::from));
        records.pixels.extend_from_slice(pixels);
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(labels: &[u8], fill: u8) -> Vec<u8> {
        [labels, &[fill; 3072]].concat()
    }

    #[test]
    fn records_give_their_labels_and_pixels() {
        let ten = read10(&[record(&[9], 1), record(&[0], 2)].concat()[..], "f").unwrap();
        assert_eq!((ten.labels, ten.coarse), (vec![9, 0], vec![]));
        assert_eq!(
            (ten.pixels.len(), ten.pixels[3071], ten.pixels[3072]),
            (6144, 1, 2)
        );
        let hundred = read100(&record(&[19, 99], 3)[..], "f").unwrap();
        assert_eq!((hundred.labels, hundred.coarse), (vec![99], vec![19]));
    }

    #[test]
    fn truncated_files_name_the_last_whole_record() {
        let bytes = [record(&[1], 0), vec![1, 2, 3]].concat();
        let error = read10(&bytes[..], "batch.bin").unwrap_err().to_string();
        assert!(
            error.starts_with("batch.bin, byte 3073: the last record has 3 bytes of 3073"),
            "{error}"
        );
        assert!(read10(&[][..], "f").unwrap_err().to_string().contains("empty"));
    }

    #[test]
    fn labels_without_a_class_name_their_offset() {
        let bytes = [record(&[0, 0], 0), record(&[0, 100], 0)].concat();
        let error = read100(&bytes[..], "f").unwrap_err().to_string();
        assert!(
            error.starts_with("f, byte 3075: label 100 is not below 100"),
            "{error}"
        );
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..7000)) {
            for outcome in [read10(&bytes[..], "f"), read100(&bytes[..], "f")].into_iter().flatten() {
                prop_assert_eq!(outcome.pixels.len(), outcome.labels.len() * 3072);
            }
        }
    }
}
