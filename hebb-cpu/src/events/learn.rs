//! Rows of Aᵀ X from the winners of a batch.

use super::Events;
use super::image;

/// Units of one task.
pub(super) const UNITS: usize = 32;

/// The rows of one task.
#[derive(Debug)]
pub(super) struct Learn<'a> {
    pub(super) pass: &'a Events<'a>,
    pub(super) compressed: &'a [f32],
    pub(super) winners: &'a [f32],
    /// The first unit.
    pub(super) first: usize,
    /// For each unit, what the backgrounds of its patches add up to.
    pub(super) constants: &'a mut [f32],
    pub(super) rows: &'a mut [f32],
}

impl Learn<'_> {
    pub(super) fn run(self) {
        let (pass, conv) = (self.pass, &self.pass.plan.geometry);
        let (columns, patch_len) = (conv.out_width(), conv.patch_len());
        self.rows.fill(0.0);
        self.constants.fill(0.0);
        let images = self.compressed.chunks_exact(pass.compressed_len());
        for (compressed, winners) in images.zip(self.winners.chunks_exact(pass.winners_len())) {
            let events = image::Events::of(conv, compressed);
            // The background of an image counts once for all its patches, which costs less and rounds less.
            let mut factors = [0.0; UNITS];
            for (index, [unit, factor]) in winners.as_chunks::<2>().0.iter().enumerate() {
                // Units before the first one wrap around and are too large as well, and so is nobody.
                let unit = (unit.to_bits() as usize).wrapping_sub(self.first);
                if unit >= self.constants.len() {
                    continue;
                }
                factors[unit] += factor;
                let row = &mut self.rows[unit * patch_len..][..patch_len];
                let position = index / pass.winners;
                events.each([position / columns, position % columns], |k, value| {
                    row[k] += factor * value
                });
            }
            for (constant, factor) in self.constants.iter_mut().zip(factors) {
                *constant += factor * events.background;
            }
        }
        for (row, constant) in self.rows.chunks_exact_mut(patch_len).zip(&*self.constants) {
            row.iter_mut().for_each(|sum| *sum += constant);
        }
    }
}
