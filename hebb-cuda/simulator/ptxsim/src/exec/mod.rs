//! Execution of a launch: blocks run in turn, and so do their threads, each up to a synchronising instruction.

mod access;
mod atomic;
mod block;
mod compare;
mod convert;
mod float;
mod grid;
mod integer;
mod thread;
mod warp;

use crate::memory::Region;
use block::ThreadBlock;
use grid::{FatalDefect, SHARED_WINDOW};

pub(crate) use grid::GridRun;

/// Runs every block of a launch.
pub(crate) fn run(grid: &mut GridRun<'_>) -> Result<(), FatalDefect> {
    let ranges = grid.kernel.symbols.shared_ranges(grid.shape.dynamic_shared);
    let mut shared = Region::with_gaps(SHARED_WINDOW, ranges);
    let [x, y, z] = grid.shape.grid;
    let mut index = 0;
    for at_z in 0..z {
        for at_y in 0..y {
            for at_x in 0..x {
                shared.forget();
                ThreadBlock::new(grid, &mut shared, index, [at_x, at_y, at_z]).run()?;
                index += 1;
            }
        }
    }
    Ok(())
}
