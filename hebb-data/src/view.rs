//! Views of a dataset: a selection of its images in some order, without copies.

use std::sync::Arc;

use ndarray::{Array4, ArrayViewMut4};
use rayon::prelude::*;

use crate::error::ensure;
use crate::{Dataset, Error, ImageShape, ImageSource, Result};

/// A selection of a dataset's images in some order. Cloning copies no pixels.
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
    /// `positions` is empty, or one is out of range.
    pub fn select(&self, positions: &[usize]) -> Result<Self> {
        let name = self.data.name();
        ensure(!positions.is_empty(), || {
            Error::empty(format!("selection from {name}"), "select at least one image")
        })?;
        let pick = |&position: &usize| {
            self.indices.get(position).copied().ok_or_else(|| {
                let (what, bound) = (format!("position in {name}"), format!("below {}", self.len()));
                Error::shape(what, bound, position, "select images that exist")
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

    /// One label per image of the view, or `None` for an unlabelled dataset.
    pub fn labels(&self) -> Option<Vec<u16>> {
        let labels = self.data.labels()?;
        Some(self.indices.iter().map(|&index| labels[index as usize]).collect())
    }

    /// The number of images.
    pub fn len(&self) -> usize {
        self.indices.len()
    }

    /// Returns true if the view has no images.
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
}
