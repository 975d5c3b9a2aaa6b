//! Datasets: labelled or unlabelled images in memory, 8 bits per value.

use crate::error::ensure;
use crate::{Error, ImageShape, Result};

/// Images of one shape, 8 bits per value, with or without labels.
///
/// Pixels are contiguous and channels-first, (n, C, H, W). Conversion to f32 divides them by 255.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    name: String,
    shape: ImageShape,
    pixels: Vec<u8>,
    labels: Option<Vec<u16>>,
    classes: Vec<String>,
}

impl Dataset {
    /// A dataset of n images; `pixels` holds n·C·H·W values and `labels`, when present, n indices into `classes`.
    ///
    /// # Errors
    /// `pixels` is empty, a length differs, or a label is not an index into `classes`.
    pub fn new(
        name: impl Into<String>,
        shape: ImageShape,
        pixels: Vec<u8>,
        labels: Option<Vec<u16>>,
        classes: Vec<String>,
    ) -> Result<Self> {
        let name = name.into();
        ensure(!pixels.is_empty() && !shape.is_empty(), || {
            Error::empty(format!("dataset {name}"), "it needs at least one image")
        })?;
        let count = pixels.len() / shape.len();
        ensure(count * shape.len() == pixels.len(), || {
            let (expected, found) = (
                format!("a multiple of {shape}"),
                format!("{} values", pixels.len()),
            );
            Error::shape(&name, expected, found, "give whole images")
        })?;
        ensure(u32::try_from(count).is_ok(), || {
            Error::shape(&name, "fewer than 2^32 images", count, "split the dataset")
        })?;
        if let Some(labels) = &labels {
            check_labels(&name, labels, count, classes.len())?;
        }
        Ok(Self {
            name,
            shape,
            pixels,
            labels,
            classes,
        })
    }

    /// The name of the dataset.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The shape of every image.
    pub fn shape(&self) -> ImageShape {
        self.shape
    }

    /// The number of images.
    pub fn len(&self) -> usize {
        self.pixels.len() / self.shape.len()
    }

    /// Always false: a dataset holds at least one image.
    pub fn is_empty(&self) -> bool {
        self.pixels.is_empty()
    }

    /// One label per image, or `None` for an unlabelled dataset.
    pub fn labels(&self) -> Option<&[u16]> {
        self.labels.as_deref()
    }

    /// The names of the classes, by label.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The C·H·W bytes of image `index`.
    ///
    /// # Panics
    /// `index` is not below [`len`](Self::len).
    pub fn pixels(&self, index: usize) -> &[u8] {
        let size = self.shape.len();
        &self.pixels[index * size..(index + 1) * size]
    }
}

fn check_labels(name: &str, labels: &[u16], count: usize, classes: usize) -> Result<()> {
    let found = labels.len();
    ensure(found == count, || {
        Error::shape(
            format!("labels of {name}"),
            count,
            found,
            "give one label per image",
        )
    })?;
    let unnamed = labels.iter().position(|&label| usize::from(label) >= classes);
    unnamed.map_or(Ok(()), |image| {
        let (what, bound) = (
            format!("label of image {image} of {name}"),
            format!("below {classes}"),
        );
        Err(Error::shape(what, bound, labels[image], "name every class"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datasets_refuse_wrong_lengths_and_labels_without_a_class() {
        let build = |pixels: usize, labels: Vec<u16>| {
            let classes = vec!["a".into()];
            Dataset::new(
                "x",
                ImageShape::new(1, 1, 2),
                vec![0; pixels],
                Some(labels),
                classes,
            )
        };
        assert!(build(4, vec![0, 0]).is_ok());
        assert!(matches!(build(0, vec![]), Err(Error::Empty { .. })));
        assert!(matches!(build(3, vec![0]), Err(Error::Shape { .. })));
        assert!(matches!(build(4, vec![0]), Err(Error::Shape { .. })));
        assert!(matches!(build(4, vec![0, 1]), Err(Error::Shape { .. })));
    }
}
