//! Labelled features in memory.

use crate::error::{Error, Result, check_finite};
use ndarray::{ArrayView2, Axis};
use std::ops::Range;

/// Features with their labels, in memory.
#[derive(Clone, Copy, Debug)]
pub struct Examples<'a> {
    /// Features (B, F).
    pub features: ArrayView2<'a, f32>,
    /// The class of each row, below `classes`.
    pub labels: &'a [u16],
    /// Number of classes.
    pub classes: usize,
}

impl<'a> Examples<'a> {
    /// Number of examples B.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Returns true if there are no examples.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Number of features F.
    pub fn width(&self) -> usize {
        self.features.ncols()
    }

    /// Checks that every row has a class and every value is finite.
    ///
    /// # Errors
    /// [`Error::Shape`] for another number of labels, [`Error::Parameter`] for a label not below `classes`,
    /// [`Error::NotFinite`] for NaN or infinite features.
    pub fn check(&self) -> Result<()> {
        if self.features.nrows() != self.len() {
            let expected = format!("{} features for each of {} labels", self.width(), self.len());
            let found = format!("{}×{}", self.features.nrows(), self.width());
            return Err(Error::shape("the readout's features", expected, found));
        }
        let range = || format!("less than {}", self.classes);
        match self
            .labels
            .iter()
            .find(|&&label| usize::from(label) >= self.classes)
        {
            Some(label) => Err(Error::parameter("readout", "label", label, range())),
            None => {
                let values = self.features.as_standard_layout();
                check_finite("the readout's features", values.as_slice().unwrap_or_default())
            }
        }
    }

    /// The examples of these rows.
    pub(super) fn rows(&self, rows: Range<usize>) -> Self {
        let (before, _) = self.features.split_at(Axis(0), rows.end);
        Self {
            features: before.split_at(Axis(0), rows.start).1,
            labels: &self.labels[rows],
            classes: self.classes,
        }
    }

    /// Blocks of at most `size` examples, each with the index of its first row.
    pub(super) fn blocks(self, size: usize) -> impl Iterator<Item = (usize, Self)> {
        let ends = move |start: usize| self.len().min(start + size);
        (0..self.len())
            .step_by(size)
            .map(move |start| (start, self.rows(start..ends(start))))
    }

    /// Copies the features of `rows` to `values`, row by row.
    pub(super) fn gather(&self, rows: &[usize], values: &mut Vec<f32>) {
        values.clear();
        for &row in rows {
            let row = self.features.row(row);
            match row.as_slice() {
                Some(row) => values.extend_from_slice(row),
                None => values.extend(row),
            }
        }
    }

    /// All features, row by row.
    pub(super) fn values(&self) -> Vec<f32> {
        self.features.iter().copied().collect()
    }

    /// Number of examples of each class.
    pub(super) fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes];
        self.labels
            .iter()
            .for_each(|&label| counts[usize::from(label)] += 1);
        counts
    }
}
