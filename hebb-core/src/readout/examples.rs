use crate::error::{Error, Result, check_finite};
use ndarray::{ArrayView2, Axis};
use std::ops::Range;

/// Features with their classes, in memory.
#[derive(Clone, Copy, Debug)]
pub struct Examples<'a> {
    /// Features (B, F).
    pub features: ArrayView2<'a, f32>,
    /// The class of each row, below `classes`.
    pub labels: &'a [u16],
    /// How many classes there are.
    pub classes: usize,
}

impl<'a> Examples<'a> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Features of an image, F.
    pub fn width(&self) -> usize {
        self.features.ncols()
    }

    /// Checks that every row has a class and every value is a number.
    ///
    /// # Errors
    /// [`Error::Shape`] for labels of another number, [`Error::Parameter`] for a label that is no class,
    /// [`Error::NotFinite`] for features that are no numbers.
    pub fn check(&self) -> Result<()> {
        if self.features.nrows() != self.len() {
            let expected = format!("{} features for each of {} labels", self.width(), self.len());
            let found = format!("{}x{}", self.features.nrows(), self.width());
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

    /// Those of these rows.
    pub(super) fn rows(&self, rows: Range<usize>) -> Self {
        let (before, _) = self.features.split_at(Axis(0), rows.end);
        Self {
            features: before.split_at(Axis(0), rows.start).1,
            labels: &self.labels[rows],
            classes: self.classes,
        }
    }

    /// All of them, so many at a time.
    pub(super) fn blocks(self, size: usize) -> impl Iterator<Item = (usize, Self)> {
        let ends = move |start: usize| self.len().min(start + size);
        (0..self.len())
            .step_by(size)
            .map(move |start| (start, self.rows(start..ends(start))))
    }

    /// The values of some rows, one after the other.
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

    /// All values, row by row.
    pub(super) fn values(&self) -> Vec<f32> {
        self.features.iter().copied().collect()
    }

    /// How many images each class has.
    pub(super) fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes];
        self.labels
            .iter()
            .for_each(|&label| counts[usize::from(label)] += 1);
        counts
    }
}
