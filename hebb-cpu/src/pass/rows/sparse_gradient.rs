//! Aᵀ X (N×K) from the winners of sparse images.

use super::RowsPass;
use super::task::TaskScratch;
use crate::threads::chunks;

/// Units whose rows one task owns.
const UNITS: usize = 32;

/// Sets `hebb` (N×K) to what the winners of all images add up to.
pub(super) fn add(pass: &RowsPass<'_>, tasks: &[TaskScratch], hebb: &mut [f32]) {
    let plan = pass.input.plan;
    let size = UNITS * plan.geometry.patch_len();
    let threads = &pass.device.threads;
    threads.split(plan.units.div_ceil(UNITS), chunks(hebb, size), |task, rows| {
        add_rows(pass, tasks, task * UNITS, rows);
    });
}

/// The rows of Aᵀ X from unit `first` on.
fn add_rows(pass: &RowsPass<'_>, tasks: &[TaskScratch], first: usize, rows: &mut [f32]) {
    let (conv, winners) = (&pass.input.plan.geometry, pass.input.winners());
    let patch_len = conv.patch_len();
    let units = rows.len() / patch_len;
    // The background of an image counts once for all its patches, which costs less and rounds less.
    let mut constants = [0.0; UNITS];
    rows.fill(0.0);
    for task in tasks {
        let won = task.winners.chunks_exact(conv.positions() * winners);
        for (image, won) in task.images.iter().zip(won) {
            let mut factors = [0.0; UNITS];
            for (index, winner) in won.iter().enumerate() {
                // Units before the first one wrap around and are too large as well, and so is no unit.
                let unit = (winner.unit as usize).wrapping_sub(first);
                if unit >= units {
                    continue;
                }
                factors[unit] += winner.factor;
                let row = &mut rows[unit * patch_len..][..patch_len];
                image.each(conv, index / winners, |k, value| row[k] += winner.factor * value);
            }
            for (constant, factor) in constants.iter_mut().zip(factors) {
                *constant += factor * image.background;
            }
        }
    }
    for (row, constant) in rows.chunks_exact_mut(patch_len).zip(constants) {
        row.iter_mut().for_each(|sum| *sum += constant);
    }
}
