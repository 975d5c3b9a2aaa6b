//! Folders of PNG and JPEG images, one folder per class.

use std::path::{Path, PathBuf};

use image::{ImageReader, Limits, RgbImage, imageops::FilterType};
use rayon::prelude::*;

use crate::error::ensure;
use crate::{Error, ImageShape, Result};

const EXTENSIONS: [&str; 3] = ["png", "jpg", "jpeg"];

/// The memory that decoding one image may take.
const MAX_IMAGE_BYTES: u64 = 1 << 26;

/// The remedy for images of different sizes.
pub(crate) const RESIZE: &str = "set the option size = [height, width] to resize all";

/// Images of one size, as RGB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Images {
    /// The shape of every image; three channels.
    pub shape: ImageShape,
    /// (n, 3, H, W).
    pub pixels: Vec<u8>,
}

/// The names of the class folders in `root`, sorted.
///
/// # Errors
/// `root` cannot be read or has no folder.
pub fn classes(root: &Path) -> Result<Vec<String>> {
    let folders: Vec<_> = entries(root)?.into_iter().filter(|path| path.is_dir()).collect();
    ensure(!folders.is_empty(), || {
        let problem = "there is no class folder; make one folder of images per class";
        Error::folder(root, problem)
    })?;
    Ok(folders.iter().map(|path| name(path)).collect())
}

/// The images directly in `folder`, sorted by name.
///
/// # Errors
/// `folder` cannot be read, is empty, or holds a file that is neither PNG nor JPEG.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let files = entries(folder)?;
    ensure(!files.is_empty(), || {
        Error::folder(folder, "there are no images; put PNG or JPEG files there")
    })?;
    if let Some(other) = files.iter().find(|path| !is_image(path)) {
        let problem = "it is not a PNG or JPEG file; convert it or move it away";
        return Err(Error::folder(other, problem));
    }
    Ok(files)
}

/// Decodes `files` to RGB. With `size` (height, width) they are resized (bilinear); without it all must have one size.
///
/// # Errors
/// `files` is empty, a file does not decode or takes more than 64 MiB decoded, or two images have different sizes.
pub fn decode(files: &[PathBuf], size: Option<[usize; 2]>) -> Result<Images> {
    let images = files
        .par_iter()
        .map(|path| decode_one(path, size))
        .collect::<Result<Vec<_>>>()?;
    let Some(first) = images.first() else {
        return Err(Error::empty("list of image files", "give at least one"));
    };
    let (width, height) = first.dimensions();
    let mut sizes = images.iter().map(RgbImage::dimensions);
    if let Some(at) = sizes.position(|size| size != (width, height)) {
        let ((w, h), first) = (images[at].dimensions(), files[0].display());
        let problem = format!("it has {h}×{w} pixels, {first} has {height}×{width}; {RESIZE}");
        return Err(Error::folder(&files[at], problem));
    }
    let shape = ImageShape::new(3, height as usize, width as usize);
    let planes = |image: RgbImage| planes(image.as_raw());
    Ok(Images {
        shape,
        pixels: images.into_par_iter().flat_map_iter(planes).collect(),
    })
}

fn decode_one(path: &Path, size: Option<[usize; 2]>) -> Result<RgbImage> {
    let reader = ImageReader::open(path).map_err(Error::io(path))?;
    let mut reader = reader.with_guessed_format().map_err(Error::io(path))?;
    reader.limits(limits());
    let image = reader
        .decode()
        .map_err(|cause| Error::folder(path, format!("it does not decode: {cause}; replace or remove it")))?;
    let image = image.into_rgb8();
    Ok(match size {
        Some([height, width]) if image.dimensions() != (width as u32, height as u32) => {
            image::imageops::resize(&image, width as u32, height as u32, FilterType::Triangle)
        }
        _ => image,
    })
}

/// Bounds on an image's memory, since a file of a few bytes can claim any size.
fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MAX_IMAGE_BYTES);
    limits
}

/// Interleaved RGB to three planes.
fn planes(interleaved: &[u8]) -> Vec<u8> {
    (0..3)
        .flat_map(|channel| interleaved.iter().skip(channel).step_by(3).copied())
        .collect()
}

/// The entries of `folder` sorted by name, without hidden ones.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(Error::io(folder))? {
        let path = entry.map_err(Error::io(folder))?.path();
        if !name(&path).starts_with('.') {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

fn is_image(path: &Path) -> bool {
    let extension = path
        .extension()
        .map(|extension| extension.to_string_lossy().to_lowercase());
    path.is_file() && extension.is_some_and(|extension| EXTENSIONS.contains(&extension.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(folder: &Path, name: &str, width: u32, height: u32) -> PathBuf {
        let path = folder.join(name);
        let image = RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 200]));
        image.save(&path).unwrap();
        path
    }

    #[test]
    fn images_become_planes() {
        let folder = tempfile::tempdir().unwrap();
        let images = decode(&[png(folder.path(), "a.png", 3, 2)], None).unwrap();
        assert_eq!(images.shape, ImageShape::new(3, 2, 3));
        assert_eq!(
            images.pixels,
            [0, 1, 2, 0, 1, 2, 0, 0, 0, 1, 1, 1, 200, 200, 200, 200, 200, 200]
        );
    }

    #[test]
    fn two_sizes_are_refused_unless_resizing_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let files = [
            png(folder.path(), "a.png", 4, 4),
            png(folder.path(), "b.png", 8, 4),
        ];
        let error = decode(&files, None).unwrap_err().to_string();
        assert!(
            error.contains("b.png: it has 4×8 pixels") && error.contains("size = "),
            "{error}"
        );
        assert_eq!(
            decode(&files, Some([2, 3])).unwrap().shape,
            ImageShape::new(3, 2, 3)
        );
    }

    #[test]
    fn files_that_are_no_images_are_named() {
        let folder = tempfile::tempdir().unwrap();
        assert!(
            files(folder.path())
                .unwrap_err()
                .to_string()
                .contains("no images")
        );
        std::fs::write(folder.path().join("notes.txt"), "x").unwrap();
        assert!(
            files(folder.path())
                .unwrap_err()
                .to_string()
                .contains("notes.txt")
        );
        let broken = folder.path().join("broken.png");
        std::fs::write(&broken, [137, 80, 78, 71, 13, 10, 26, 10, 0, 0]).unwrap();
        assert!(
            decode(&[broken], None)
                .unwrap_err()
                .to_string()
                .contains("broken.png: it does not decode")
        );
    }

    #[test]
    fn an_image_that_claims_more_than_the_bound_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.png");
        image::GrayImage::new(1 << 13, (1 << 13) + 1).save(&path).unwrap();
        let error = decode(&[path], None).unwrap_err().to_string();
        assert!(
            error.contains("large.png: it does not decode") && error.contains("imit"),
            "{error}"
        );
    }

    #[test]
    fn jpeg_decodes_whatever_its_extension_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.jpg");
        RgbImage::from_pixel(8, 8, image::Rgb([90, 90, 90]))
            .save(&path)
            .unwrap();
        let renamed = folder.path().join("b.png");
        std::fs::rename(&path, &renamed).unwrap();
        let images = decode(&[renamed], None).unwrap();
        assert!(images.pixels.iter().all(|&byte| byte.abs_diff(90) < 4));
    }
}
