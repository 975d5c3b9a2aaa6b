//! Images held in memory, and cheap views of some of them.

use std::sync::Arc;

use ndarray::{Array4, ArrayViewMut4};
use rayon::prelude::*;

use crate::{Error, ImageShape, ImageSource, Result};

/// Images of one shape, 8 bits a value, with or without labels.
///
/// Pixels are contiguous and channels-first, (n, C, H, W). As f32 they are divided by 255.
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
    /// There is no image, a length does not fit, or a label has no class.
    pub fn new(
        name: impl Into<String>,
        shape: ImageShape,
        pixels: Vec<u8>,
        labels: Option<Vec<u16>>,
        classes: Vec<String>,
    ) -> Result<Self> {
        let name = name.into();
        if pixels.is_empty() || shape.is_empty() {
            return Err(Error::empty(
                format!("dataset {name}"),
                "it needs at least one image",
            ));
        }
        let count = pixels.len() / shape.len();
        if count * shape.len() != pixels.len() {
            let found = format!("{} values", pixels.len());
            return Err(Error::shape(
                name,
                format!("a multiple of {shape}"),
                found,
                "give whole images",
            ));
        }
        if u32::try_from(count).is_err() {
            return Err(Error::shape(
                name,
                "fewer than 2^32 images",
                count,
                "split the dataset",
            ));
        }
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

    /// What the dataset is called.
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

    /// One label per image, or none when the dataset is unlabelled.
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
    if labels.len() != count {
        let what = format!("labels of {name}");
        return Err(Error::shape(
            what,
            count,
            labels.len(),
            "give one label per image",
        ));
    }
    match labels.iter().position(|&label| usize::from(label) >= classes) {
        Some(image) => Err(Error::shape(
            format!("label of image {image} of {name}"),
            format!("below {classes}"),
            labels[image],
            "name every class",
        )),
        None => Ok(()),
    }
}

/// Some images of a dataset in some order; cloning it copies no pixels.
#[derive(Clone, Debug)]
pub struct View {
    data: Arc<Dataset>,
    indices: Arc<[u32]>,
}

impl View {
    /// All images of `data`, in order.
    pub fn new(data: Arc<Dataset>) -> Self {
        let indices = (0..data.len() as u32).collect();
        Self { data, indices }
    }

    /// The images of this view at `positions`.
    ///
    /// # Errors
    /// There are no positions, or one is beyond the end.
    pub fn select(&self, positions: &[usize]) -> Result<Self> {
        let name = self.data.name();
        if positions.is_empty() {
            return Err(Error::empty(
                format!("selection from {name}"),
                "select at least one image",
            ));
        }
        let pick = |&position: &usize| {
            self.indices.get(position).copied().ok_or_else(|| {
                let (what, bound) = (format!("position in {name}"), self.len());
                Error::shape(
                    what,
                    format!("below {bound}"),
                    position,
                    "select images that exist",
                )
            })
        };
        let indices = positions.iter().map(pick).collect::<Result<_>>()?;
        Ok(Self {
            data: Arc::clone(&self.data),
            indices,
        })
    }

    /// The dataset behind the view.
    pub fn dataset(&self) -> &Arc<Dataset> {
        &self.data
    }

    /// The position in the dataset of each image of the view.
    pub fn indices(&self) -> &[u32] {
        &self.indices
    }

    /// The label of each image of the view, or none when the dataset is unlabelled.
    pub fn labels(&self) -> Option<Vec<u16>> {
        let labels = self.data.labels()?;
        Some(self.indices.iter().map(|&index| labels[index as usize]).collect())
    }

    /// The number of images.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Whether the view has no images.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// The shape of every image.
    pub fn shape(&self) -> ImageShape {
        self.data.shape()
    }

    /// All images, (n, C, H, W), values in [0, 1]; needs 4 bytes a value.
    pub fn images(&self) -> Array4<f32> {
        let mut out = Array4::zeros(self.shape().batch(self.len()));
        let positions: Vec<usize> = (0..self.len()).collect();
        write(self, &positions, out.view_mut());
        out
    }

    /// The bytes of the image at `position`.
    pub(crate) fn pixels(&self, position: usize) -> &[u8] {
        self.data.pixels(self.indices[position] as usize)
    }
}

impl ImageSource for View {
    fn len(&self) -> usize {
        self.indices.len()
    }

    fn shape(&self) -> ImageShape {
        self.data.shape()
    }

    fn read(&self, positions: &[usize], out: ArrayViewMut4<'_, f32>) -> Result<()> {
        crate::source::check_request(self, positions, &out)?;
        write(self, positions, out);
        Ok(())
    }
}

fn write(view: &View, positions: &[usize], mut out: ArrayViewMut4<'_, f32>) {
    let images: Vec<_> = out.outer_iter_mut().zip(positions).collect();
    images
        .into_par_iter()
        .with_min_len(16)
        .for_each(|(mut image, &position)| {
            for (value, &byte) in image.iter_mut().zip(view.pixels(position)) {
                *value = unit(byte);
            }
        });
}

/// A byte as a value in [0, 1].
pub(crate) fn unit(byte: u8) -> f32 {
    f32::from(byte) / 255.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tiny() -> Dataset {
        let classes = vec!["a".into(), "b".into()];
        let shape = ImageShape::new(1, 1, 2);
        Dataset::new(
            "tiny",
            shape,
            vec![0, 255, 51, 102, 7, 8],
            Some(vec![0, 1, 1]),
            classes,
        )
        .unwrap()
    }

    #[test]
    fn views_pick_images_and_labels_in_the_order_asked() {
        let view = View::new(Arc::new(tiny())).select(&[1, 0]).unwrap();
        assert_eq!(view.labels().unwrap(), [1, 0]);
        assert_eq!(view.images().into_raw_vec_and_offset().0, [0.2, 0.4, 0.0, 1.0]);
        assert_eq!(view.select(&[1]).unwrap().indices(), [0]);
    }

    #[test]
    fn views_refuse_images_that_do_not_exist() {
        let view = View::new(Arc::new(tiny()));
        assert!(
            view.select(&[3])
                .unwrap_err()
                .to_string()
                .contains("below 3, found 3")
        );
        assert!(view.select(&[]).unwrap_err().to_string().contains("empty"));
    }

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
