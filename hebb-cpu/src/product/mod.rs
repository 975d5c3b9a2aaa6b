//! C (m×n) += factor·A (m×k)·B (k×n) for operands that are packed from wherever they lie: matrices, transposed ones, or
//! the patches of images.
//!
//! Two ways to cut the work: by rows of C, all tasks sharing packed panels of B, or by panels of C's columns and parts of
//! the inner dimension, each task packing what it needs. Sizes alone decide how, and sums have one order, so that the
//! result is the same bits for any number of threads.

mod columns;
mod gemm;
mod kernel;
mod left;
mod right;
mod room;
mod rows;

pub(crate) use columns::{ColumnCut, by_columns};
pub(crate) use gemm::gemm;
pub(crate) use kernel::{Block, COLUMNS, DEPTH, Line, ROWS, Side, Tile};
pub(crate) use left::{ByRows, BySteps, Left};
pub(crate) use right::{Columns, Lines, Right};
pub(crate) use room::{Room, with_room};
pub(crate) use rows::{AddRows, add_rows, pack_panels, panels_len, rows_of_task};

/// The parts that `len` is cut into, each at most `most` long and nearly equal.
pub(crate) fn parts(len: usize, most: usize) -> impl Iterator<Item = std::ops::Range<usize>> + Clone {
    let size = len.div_ceil(len.div_ceil(most).max(1)).max(1);
    (0..len)
        .step_by(size)
        .map(move |start| start..(start + size).min(len))
}
