//! NumPy's .npz files of f32 arrays.

use crate::files::write_atomically;
use crate::{Error, Result};
use hebb_core::layer::Tensors;
use ndarray::ArrayViewD;
use ndarray_npy::{NpzWriter, ViewNpyError, ViewNpyExt};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use zip::ZipArchive;
use zip::result::ZipError;

/// Reads every array of a file, by name.
///
/// Allocates no more than the file holds, whatever its headers claim.
///
/// # Errors
/// [`Error::Io`], or [`Error::Format`] naming the array that is damaged or not of f32.
pub(crate) fn read(path: &Path) -> Result<Tensors> {
    let file = File::open(path).map_err(Error::io("read", path))?;
    let damaged = |error: ZipError| Error::format(path, format!("this is no complete .npz file: {error}"));
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(damaged)?;
    let mut arrays = Tensors::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(damaged)?;
        let name = entry.name().trim_end_matches(".npy").to_owned();
        let mut bytes = Vec::new();
        let whole = entry.read_to_end(&mut bytes);
        whole.map_err(|error| Error::format(path, format!("array `{name}` is damaged: {error}")))?;
        if is_nested(&bytes) {
            let problem =
                format!("array `{name}` holds structured values; save it with `.astype(numpy.float32)`");
            return Err(Error::format(path, problem));
        }
        let values = aligned(&bytes);
        let view = ArrayViewD::<f32>::view_npy(&bytemuck::cast_slice(&values)[..bytes.len()]);
        let array = view
            .map_err(|error| Error::format(path, fault(&name, &error)))?
            .to_owned();
        arrays.insert(name, array);
    }
    Ok(arrays)
}

/// Writes arrays to a file atomically.
///
/// # Errors
/// [`Error::Io`] or [`Error::Format`].
pub(crate) fn write(path: &Path, arrays: &Tensors) -> Result<()> {
    let failed = |error| Error::format(path, format!("it could not be written: {error}"));
    write_atomically(path, |file| {
        let mut writer = NpzWriter::new(file);
        arrays
            .iter()
            .try_for_each(|(name, array)| writer.add_array(name, array))
            .map_err(failed)?;
        writer.finish().map(drop).map_err(failed)
    })
}

/// Whether a header has more brackets than an array of numbers needs, those of the table and of its shape.
///
/// ndarray-npy takes twice as long for each further bracket.
fn is_nested(bytes: &[u8]) -> bool {
    let header = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let opening = header.iter().filter(|byte| b"([{".contains(byte));
    opening.count() > 2
}

/// The bytes, copied to memory aligned for f32.
fn aligned(bytes: &[u8]) -> Vec<f32> {
    let mut values = vec![0.0f32; bytes.len().div_ceil(size_of::<f32>())];
    bytemuck::cast_slice_mut(&mut values)[..bytes.len()].copy_from_slice(bytes);
    values
}

fn fault(name: &str, error: &ViewNpyError) -> String {
    match error {
        ViewNpyError::WrongDescriptor(found) => {
            format!(
                "array `{name}` holds {found}, but float32 is needed; save it with `.astype(numpy.float32)`"
            )
        }
        ViewNpyError::NonNativeEndian => {
            format!("array `{name}` has the wrong byte order; save it with `.astype(numpy.float32)`")
        }
        other => format!("array `{name}` is damaged: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array1, ArrayD, arr1};
    use std::io::Write;

    fn written(name: &str, bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in.npz");
        let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
        zip.start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        zip.write_all(bytes).unwrap();
        zip.finish().unwrap();
        (folder, path)
    }

    fn header(descr: &str, shape: &str) -> Vec<u8> {
        let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
        let text = format!("{text:<117}\n");
        [b"\x93NUMPY\x01\x00\x76\x00", text.as_bytes()].concat()
    }

    #[test]
    fn arrays_survive_the_way_through_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npz");
        let array = ArrayD::from_shape_vec(vec![2, 0, 3], vec![]).unwrap();
        let arrays = Tensors::from([
            ("empty".into(), array),
            ("one".into(), arr1(&[1.5f32]).into_dyn()),
        ]);
        write(&path, &arrays).unwrap();
        assert_eq!(read(&path).unwrap(), arrays);
    }

    #[test]
    fn a_header_that_claims_more_than_the_file_holds_is_refused() {
        let bytes = [header("<f4", "(1152921504606846976, 3)"), vec![0; 8]].concat();
        let (_folder, path) = written("x.npy", &bytes);
        let message = read(&path).unwrap_err().to_string();
        assert!(message.contains("in.npz: array `x` is damaged"), "{message}");
    }

    #[test]
    fn arrays_of_other_numbers_are_refused_with_the_remedy() {
        let bytes = [header("<f8", "(1,)"), vec![0; 8]].concat();
        let (_folder, path) = written("x.npy", &bytes);
        let message = read(&path).unwrap_err().to_string();
        assert!(
            message.contains("`x` holds '<f8', but float32 is needed"),
            "{message}"
        );
    }

    #[test]
    fn a_header_of_many_brackets_is_refused_at_once() {
        let bytes = header("<f4", &"(".repeat(40));
        let (_folder, path) = written("x.npy", &bytes);
        let message = read(&path).unwrap_err().to_string();
        assert!(message.contains("`x` holds structured values"), "{message}");
    }

    #[test]
    fn a_file_cut_short_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npz");
        write(
            &path,
            &Tensors::from([("a".into(), Array1::zeros(100).into_dyn())]),
        )
        .unwrap();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        assert!(
            read(&path)
                .unwrap_err()
                .to_string()
                .contains("no complete .npz file")
        );
    }
}
