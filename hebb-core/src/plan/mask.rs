//! Pruning masks.

use crate::error::{Error, Result};
use crate::range::Range;
use crate::seed::Stream;
use rand::RngExt;

/// A fixed pruning mask over N×K weights: the kept connections as compressed sparse rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    cols: usize,
    offsets: Vec<usize>,
    columns: Vec<u32>,
}

impl Mask {
    /// The mask that keeps the non-zero entries of a dense N×K array.
    ///
    /// # Errors
    /// [`Error::Shape`] if the length of `dense` is not a multiple of `cols`.
    pub fn from_dense(dense: &[f32], cols: usize) -> Result<Self> {
        if cols == 0 || !dense.len().is_multiple_of(cols) {
            return Err(Error::shape(
                "the mask",
                format!("rows of {cols} values"),
                format!("{} values", dense.len()),
            ));
        }
        let mut mask = Self {
            cols,
            offsets: vec![0],
            columns: Vec::new(),
        };
        for row in dense.chunks_exact(cols) {
            let kept = row.iter().enumerate().filter(|(_, value)| **value != 0.0);
            mask.columns.extend(kept.map(|(column, _)| column as u32));
            mask.offsets.push(mask.columns.len());
        }
        Ok(mask)
    }

    /// A mask that drops each connection with probability `pruned`.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless `pruned` is in [0, 1).
    pub fn random(rows: usize, cols: usize, pruned: f32, stream: &mut Stream) -> Result<Self> {
        Range::BelowOne.check("layer", "prune", pruned)?;
        let dense: Vec<f32> = (0..rows * cols)
            .map(|_| f32::from(u8::from(stream.random::<f32>() >= pruned)))
            .collect();
        Self::from_dense(&dense, cols)
    }

    /// Units N.
    pub fn rows(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Weights of a unit, K, pruned ones included.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// The kept columns of a row, ascending.
    pub fn row(&self, row: usize) -> &[u32] {
        &self.columns[self.offsets[row]..self.offsets[row + 1]]
    }

    /// Number of kept connections.
    pub fn kept(&self) -> usize {
        self.columns.len()
    }

    /// The fraction of kept connections, from 0 to 1.
    pub fn density(&self) -> f32 {
        self.kept() as f32 / (self.rows() * self.cols).max(1) as f32
    }

    /// The dense N×K mask of ones and zeros.
    pub fn to_dense(&self) -> Vec<f32> {
        let mut dense = vec![0.0; self.rows() * self.cols];
        for (row, values) in dense.chunks_exact_mut(self.cols).enumerate() {
            self.row(row)
                .iter()
                .for_each(|&column| values[column as usize] = 1.0);
        }
        dense
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    #[test]
    fn a_mask_survives_the_way_through_rows() {
        let dense = [0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0];
        let mask = Mask::from_dense(&dense, 3).unwrap();
        assert_eq!(
            (mask.rows(), mask.row(0), mask.row(1), mask.kept()),
            (3, &[1u32][..], &[][..], 4)
        );
        assert_eq!(mask.to_dense(), dense);
    }

    #[test]
    fn a_random_mask_keeps_about_its_share() {
        let mask = Mask::random(100, 900, 0.99, &mut Seed::new(1).stream("mask", 0)).unwrap();
        assert!((mask.density() - 0.01).abs() < 0.002, "{}", mask.density());
        assert!(Mask::random(1, 1, 1.0, &mut Seed::new(1).stream("mask", 0)).is_err());
    }
}
