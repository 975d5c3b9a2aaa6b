//! Ridge sums over a stream of small batches.

use super::RidgeSums;
use crate::backend::Backend;
use crate::error::{Error, Result};
use crate::readout::Examples;
use ndarray::ArrayView2;

/// Rows of one Gram matrix.
const ROWS: usize = 1000;

/// [`RidgeSums`] over blocks of 1,000 rows, independent of the batch size.
#[derive(Debug)]
pub struct RidgeStream {
    sums: RidgeSums,
    width: usize,
    rows: Vec<f32>,
    labels: Vec<u16>,
}

impl RidgeStream {
    /// Sums over no images.
    pub fn new(features: usize, classes: usize) -> Self {
        Self {
            sums: RidgeSums::new(features, classes),
            width: features,
            rows: Vec::new(),
            labels: Vec::new(),
        }
    }

    /// Adds features (B, F) with their labels.
    ///
    /// # Errors
    /// As [`RidgeSums::add`]; [`Self::finish`] reports errors of the last rows.
    pub fn add<B: Backend>(
        &mut self,
        backend: &B,
        features: ArrayView2<'_, f32>,
        labels: &[u16],
    ) -> Result<()> {
        if features.dim() != (labels.len(), self.width) {
            let expected = format!("{}×{}", labels.len(), self.width);
            let found = format!("{:?}", features.dim());
            return Err(Error::shape("the readout's features", expected, found));
        }
        for (row, &label) in features.outer_iter().zip(labels) {
            self.rows.extend(row.iter());
            self.labels.push(label);
            if self.labels.len() == ROWS {
                self.flush(backend)?;
            }
        }
        Ok(())
    }

    /// The sums over all added images.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn finish<B: Backend>(mut self, backend: &B) -> Result<RidgeSums> {
        self.flush(backend)?;
        Ok(self.sums)
    }

    /// The sums over examples in memory.
    pub(super) fn over<B: Backend>(backend: &B, examples: Examples<'_>) -> Result<RidgeSums> {
        let mut sums = RidgeSums::new(examples.width(), examples.classes);
        for (_, block) in examples.blocks(ROWS) {
            sums.add(backend, block.features, block.labels)?;
        }
        Ok(sums)
    }

    fn flush<B: Backend>(&mut self, backend: &B) -> Result<()> {
        if self.labels.is_empty() {
            return Ok(());
        }
        let shape = (self.labels.len(), self.width);
        let rows = ArrayView2::from_shape(shape, &self.rows)
            .map_err(|error| Error::shape("the readout's features", format!("{shape:?}"), error))?;
        self.sums.add(backend, rows, &self.labels)?;
        self.rows.clear();
        self.labels.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RefBackend;
    use crate::readout::tests::{blobs, examples};
    use ndarray::{Axis, Slice};

    #[test]
    fn small_batches_give_the_bits_of_all_images_at_once() {
        let (features, labels) = blobs(2300, 3, 1.0);
        let whole = RidgeStream::over(&RefBackend, examples(&features, &labels, 3)).unwrap();
        let mut stream = RidgeStream::new(3, 3);
        for start in (0..2300).step_by(77) {
            let end = 2300.min(start + 77);
            stream
                .add(
                    &RefBackend,
                    features.slice_axis(Axis(0), Slice::from(start..end)),
                    &labels[start..end],
                )
                .unwrap();
        }
        let sums = stream.finish(&RefBackend).unwrap();
        assert_eq!(sums.images(), 2300);
        assert_eq!(sums.solve(1.0).unwrap(), whole.solve(1.0).unwrap());
        let mut stream = RidgeStream::new(3, 3);
        let narrow = features.slice_axis(Axis(1), Slice::from(..2));
        assert!(stream.add(&RefBackend, narrow, &labels).is_err());
    }
}
