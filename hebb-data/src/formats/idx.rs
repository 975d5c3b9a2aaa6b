//! IDX, the format of the MNIST family.
//!
//! Big-endian: two zero bytes, the type (8 for bytes), the number of dimensions, each dimension as u32, then the
//! values with the last dimension fastest. Source: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten
//! digits". A file under gzip is recognised by its first two bytes.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;

use super::input::ByteReader;
use crate::error::ensure;
use crate::{Error, Result};

/// The type byte of unsigned bytes.
const UNSIGNED_BYTE: u8 = 8;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const MAX_DIMENSIONS: u8 = 8;

/// An array of bytes of any number of dimensions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdxArray {
    /// The dimensions, slowest first.
    pub dims: Vec<usize>,
    /// The values, as many as the product of the dimensions.
    pub bytes: Vec<u8>,
}

/// Reads an IDX array of unsigned bytes, plain or under gzip; `file` names the source in errors.
///
/// # Errors
/// The magic number or type differs, the dimensions overflow, the file is too short or too long, or its gzip is damaged.
pub fn read(mut reader: impl Read, file: &str) -> Result<IdxArray> {
    let mut head = Vec::with_capacity(2);
    let sniffed = reader.by_ref().take(2).read_to_end(&mut head);
    sniffed.map_err(|cause| {
        let problem = format!("reading failed: {cause}; check that the file may be read");
        Error::format(file, 0, problem)
    })?;
    let gzip = head == GZIP_MAGIC;
    let whole = io::Cursor::new(head).chain(reader);
    match gzip {
        true => parse(ByteReader::new(MultiGzDecoder::new(whole), file)),
        false => parse(ByteReader::new(whole, file)),
    }
}

fn parse<R: Read>(mut input: ByteReader<'_, R>) -> Result<IdxArray> {
    let [zero, nought, kind, dimensions] = input.array("the magic number")?;
    ensure((zero, nought) == (0, 0), || {
        let magic = format!("{zero:02x}{nought:02x}{kind:02x}{dimensions:02x}");
        let remedy = "give an IDX file, plain or under gzip";
        input.error_at(0, format!("the magic number is {magic}, not 000008xx; {remedy}"))
    })?;
    ensure(kind == UNSIGNED_BYTE, || {
        let remedy = "give an IDX file of unsigned bytes";
        input.error_at(2, format!("the values have type {kind:#04x}, not 0x08; {remedy}"))
    })?;
    ensure((1..=MAX_DIMENSIONS).contains(&dimensions), || {
        let remedy = format!("give an IDX file of 1 to {MAX_DIMENSIONS} dimensions");
        input.error_at(3, format!("the array has {dimensions} dimensions; {remedy}"))
    })?;
    let mut dims = Vec::with_capacity(dimensions.into());
    for _ in 0..dimensions {
        dims.push(u32::from_be_bytes(input.array("a dimension")?));
    }
    let bytes = dims
        .iter()
        .try_fold(1u64, |size, &dim| size.checked_mul(dim.into()));
    let bytes = bytes.ok_or_else(|| {
        let remedy = "the header is damaged, fetch the file again";
        input.error_at(4, format!("the dimensions {dims:?} overflow 64 bits; {remedy}"))
    })?;
    let bytes = input.bytes(bytes, &format!("the array of dimensions {dims:?}"))?;
    input.expect_end()?;
    Ok(IdxArray {
        dims: dims.into_iter().map(|dim| dim as usize).collect(),
        bytes,
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;

    use super::*;

    const TINY: [u8; 16] = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4];

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn message(bytes: &[u8]) -> String {
        read(bytes, "f").unwrap_err().to_string()
    }

    #[test]
    fn plain_and_gzip_files_give_the_same_array() {
        let expected = IdxArray {
            dims: vec![2, 2],
            bytes: vec![1, 2, 3, 4],
        };
        assert_eq!(read(&TINY[..], "f").unwrap(), expected);
        assert_eq!(read(&gzip(&TINY)[..], "f").unwrap(), expected);
    }

    #[test]
    fn truncated_files_say_where_they_end() {
        assert!(message(&TINY[..15]).starts_with("f, byte 15: the file ends here"));
        assert!(message(&TINY[..6]).contains("byte 6"));
        assert!(message(&[]).contains("byte 0"));
        let packed = gzip(&TINY);
        assert!(message(&packed[..packed.len() - 9]).contains("fetch it again"));
    }

    #[test]
    fn other_magic_numbers_types_and_ranks_are_refused() {
        let with = |index: usize, value: u8| {
            let mut bytes = TINY;
            bytes[index] = value;
            message(&bytes)
        };
        assert!(with(0, 1).contains("magic number is 01000802"));
        assert!(with(2, 13).contains("type 0x0d"));
        assert!(with(3, 0).contains("0 dimensions"));
        assert!(with(3, 200).contains("200 dimensions"));
    }

    #[test]
    fn absurd_headers_give_errors_and_not_allocations() {
        let header = |dims: &[u32]| {
            let mut bytes = vec![0, 0, 8, dims.len() as u8];
            bytes.extend(dims.iter().flat_map(|dim| dim.to_be_bytes()));
            message(&bytes)
        };
        assert!(header(&[1 << 30, 1 << 15, 1 << 15]).contains("1152921504606846976 bytes"));
        assert!(header(&[u32::MAX; 3]).contains("overflow"));
        assert!(header(&[1 << 16, 1 << 9, 1 << 9]).contains("the file ends here"));
    }

    #[test]
    fn bytes_after_the_array_are_refused() {
        let mut bytes = TINY.to_vec();
        bytes.push(0);
        assert!(message(&bytes).contains("byte 16: the file continues"));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..64), dims in prop::collection::vec(any::<u32>(), 0..4)) {
            let _ = read(&bytes[..], "f");
            let mut idx = vec![0, 0, 8, dims.len() as u8];
            idx.extend(dims.iter().flat_map(|dim| dim.to_be_bytes()));
            idx.extend(bytes);
            if let Ok(array) = read(&idx[..], "f") {
                prop_assert_eq!(array.dims.iter().product::<usize>(), array.bytes.len());
            }
            let _ = read(&gzip(&idx)[..], "f");
        }
    }
}
