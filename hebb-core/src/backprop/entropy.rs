use crate::backend::{Backend, Dims, Logits, Operand, host_of};
use crate::error::{Error, Result};
use crate::formula::Formula;

/// Softmax cross-entropy on the device: the labels go up with each batch, and nothing comes down but the [`Totals`].
///
/// [`super::softmax_cross_entropy`] is the same on the host.
#[derive(Debug)]
pub struct CrossEntropy<B: Backend> {
    classes: usize,
    /// The labels of the last batch as numbers, on the host and on the device.
    labels: (Vec<f32>, B::Buffer),
    gradient: B::Buffer,
    /// Loss and hit of each image of the last batch.
    scores: B::Buffer,
    /// Sums of both: of the last batch, and of all batches.
    sums: [B::Buffer; 2],
    images: usize,
}

/// Loss and hits, summed over images.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    /// The mean loss.
    pub mean: f64,
    /// Images whose largest logit, the first of equals, is that of their class; counted in f32.
    pub correct: usize,
    /// Images.
    pub images: usize,
}

impl<B: Backend> CrossEntropy<B> {
    /// # Errors
    /// [`Error::OutOfMemory`].
    pub fn new(backend: &B, classes: usize) -> Result<Self> {
        let zeros = |len| backend.zeros(len);
        Ok(Self {
            classes,
            labels: (Vec::new(), zeros(0)?),
            gradient: zeros(0)?,
            scores: zeros(0)?,
            sums: [zeros(2)?, zeros(2)?],
            images: 0,
        })
    }

    /// The gradient of the mean loss with respect to logits, one row for each label; it holds until the next call.
    ///
    /// # Errors
    /// [`Error::Shape`] if there are fewer logits, or a label that is no class; or the backend's own failure.
    pub fn gradient(&mut self, backend: &B, logits: &B::Buffer, labels: &[u16]) -> Result<&B::Buffer> {
        let dims = Dims::new(labels.len(), self.classes);
        if let Some(label) = labels.iter().find(|label| usize::from(**label) >= self.classes) {
            return Err(Error::shape(
                "a label",
                format!("a class below {}", self.classes),
                label,
            ));
        }
        self.labels.0.clear();
        self.labels.0.extend(labels.iter().map(|label| f32::from(*label)));
        let sized = [
            (&mut self.labels.1, dims.rows),
            (&mut self.gradient, dims.len()),
            (&mut self.scores, 2 * dims.rows),
        ];
        for (buffer, len) in sized {
            if backend.len(buffer) < len {
                *buffer = backend.zeros(len)?;
            }
        }
        backend.upload(&self.labels.0, &mut self.labels.1)?;
        let logits = Logits {
            dims,
            values: logits,
            labels: &self.labels.1,
        };
        backend.entropy_gradient(logits, &mut self.gradient)?;
        backend.entropy_scores(logits, &mut self.scores)?;
        self.count(backend, dims.rows)?;
        Ok(&self.gradient)
    }

    /// Adds the scores of a batch to those of all.
    fn count(&mut self, backend: &B, images: usize) -> Result<()> {
        let [batch, all] = &mut self.sums;
        backend.column_sums(Dims::new(images, 2), &self.scores, batch)?;
        let sum = Formula::of(|[all, batch]| all + batch);
        backend.update(&sum, Dims::new(1, 2), &[Operand::elements(batch)], all)?;
        self.images += images;
        Ok(())
    }

    /// Totals over all images since the last call: downloads two numbers, and nothing if there were no images.
    ///
    /// # Errors
    /// The backend's own failure.
    pub fn take_totals(&mut self, backend: &B) -> Result<Totals> {
        if self.images == 0 {
            return Ok(Totals::default());
        }
        let images = std::mem::take(&mut self.images);
        let sums = host_of(backend, &self.sums[1], 2)?;
        backend.upload(&[0.0; 2], &mut self.sums[1])?;
        Ok(Totals {
            mean: f64::from(sums[0]) / images as f64,
            correct: sums[1] as usize,
            images,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RefBackend;
    use crate::backprop::softmax_cross_entropy;

    #[test]
    fn batches_add_up_to_what_the_host_computes() {
        let logits = vec![0.5f32, 2.0, -1.0, 1.0, 1.0, 0.0, -3.0, 0.25, 0.25];
        let labels = [1u16, 1, 2];
        let whole = softmax_cross_entropy(&logits, 3, &labels).unwrap();
        let mut entropy = CrossEntropy::new(&RefBackend, 3).unwrap();
        assert_eq!(
            entropy.gradient(&RefBackend, &logits, &labels).unwrap(),
            &whole.gradient
        );
        let first = entropy.take_totals(&RefBackend).unwrap();
        for (row, label) in logits.chunks_exact(3).zip(labels) {
            entropy.gradient(&RefBackend, &row.to_vec(), &[label]).unwrap();
        }
        let second = entropy.take_totals(&RefBackend).unwrap();
        for totals in [first, second] {
            assert_eq!((totals.correct, totals.images), (whole.correct, 3));
            assert!((totals.mean - whole.mean).abs() < 1e-6, "{totals:?}");
        }
        assert_eq!(entropy.take_totals(&RefBackend).unwrap(), Totals::default());
    }

    #[test]
    fn labels_that_are_no_class_are_refused() {
        let mut entropy = CrossEntropy::new(&RefBackend, 3).unwrap();
        let message = entropy.gradient(&RefBackend, &vec![0.0; 3], &[3]).unwrap_err();
        assert!(message.to_string().contains("a class below 3"), "{message}");
    }
}
