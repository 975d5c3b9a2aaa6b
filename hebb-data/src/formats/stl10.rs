//! The binary layout of STL-10.
//!
//! Images without a header, 96×96 bytes each of red, green and blue, every plane column by column. Labels 1 to 10 lie
//! in a file of their own. Source: A. Coates, H. Lee, A. Ng, "An Analysis of Single-Layer Networks in Unsupervised
//! Feature Learning", 2011, and the page of the dataset.

use std::io::Read;

use super::input::ByteReader;
use crate::{ImageShape, Result};

/// The shape of every STL-10 image.
pub const SHAPE: ImageShape = ImageShape::new(3, 96, 96);

const CLASSES: u8 = 10;

/// Reads a file of images to (n, 3, 96, 96), rows first.
///
/// # Errors
/// No image, or a part of an image at the end.
pub fn read_images(reader: impl Read, file: &str) -> Result<Vec<u8>> {
    let mut bytes = ByteReader::new(reader, file).records(SHAPE.len(), "image")?;
    bytes
        .chunks_exact_mut(SHAPE.height * SHAPE.width)
        .for_each(transpose);
    Ok(bytes)
}

/// Reads a file of labels, 1 to 10, to classes 0 to 9.
///
/// # Errors
/// No label, or one out of range.
pub fn read_labels(reader: impl Read, file: &str) -> Result<Vec<u16>> {
    let mut input = ByteReader::new(reader, file);
    let bytes = input.records(1, "label")?;
    if let Some(offset) = bytes.iter().position(|label| !(1..=CLASSES).contains(label)) {
        let problem = format!("label {} is not within 1 to {CLASSES}", bytes[offset]);
        let remedy = "the file is damaged or holds no STL-10 labels";
        return Err(input.error_at(offset as u64, format!("{problem}; {remedy}")));
    }
    Ok(bytes.into_iter().map(|label| u16::from(label) - 1).collect())
}

/// Transposes one square plane in place.
fn transpose(plane: &mut [u8]) {
    for row in 0..SHAPE.height {
        for column in row + 1..SHAPE.width {
            plane.swap(row * SHAPE.width + column, column * SHAPE.width + row);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn columns_of_the_file_become_columns_of_the_image() {
        let mut file = vec![0; SHAPE.len()];
        file[9216 + 96 * 5 + 7] = 9;
        let image = read_images(&file[..], "f").unwrap();
        assert_eq!(image.iter().position(|&byte| byte == 9), Some(9216 + 96 * 7 + 5));
    }

    #[test]
    fn labels_start_at_one() {
        assert_eq!(read_labels(&[1, 10][..], "f").unwrap(), [0, 9]);
        let error = read_labels(&[1, 0][..], "y.bin").unwrap_err().to_string();
        assert!(error.starts_with("y.bin, byte 1: label 0"), "{error}");
        assert!(read_labels(&[11][..], "f").is_err());
    }

    #[test]
    fn truncated_images_name_the_last_whole_one() {
        let error = read_images(&vec![0; SHAPE.len() + 5][..], "f")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("byte 27648: the last image has 5 bytes"),
            "{error}"
        );
        assert!(
            read_images(&[][..], "f")
                .unwrap_err()
                .to_string()
                .contains("empty")
        );
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), length in 0usize..60_000) {
            let _ = read_labels(&bytes[..], "f");
            let image = read_images(&vec![1; length][..], "f");
            prop_assert_eq!(image.is_ok(), length > 0 && length % SHAPE.len() == 0);
        }
    }
}
