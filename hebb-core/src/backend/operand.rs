//! Operands of a formula: buffers with an offset, and how each spreads over a matrix.

use super::{Backend, Dims};
use crate::error::{Error, Result};
use crate::formula::Formula;

/// The spread of an operand's values over the elements (r, c) of a rows×cols matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spread {
    /// A value for every element: rows×cols.
    Element,
    /// A value for every column: cols.
    Column,
    /// A value for every row: rows.
    Row,
    /// A row of cols values for every so many rows, at least one: ⌈rows/n⌉×cols.
    Rows(usize),
    /// One value for all.
    Single,
}

impl Spread {
    /// Number of values that a matrix reads.
    pub const fn len(self, dims: Dims) -> usize {
        match self {
            Self::Element => dims.len(),
            Self::Column => dims.cols,
            Self::Row => dims.rows,
            Self::Rows(rows) => dims.rows.div_ceil(if rows == 0 { 1 } else { rows }) * dims.cols,
            Self::Single => 1,
        }
    }

    /// The index of the value that belongs to element (row, col).
    pub const fn index(self, cols: usize, row: usize, col: usize) -> usize {
        match self {
            Self::Element => row * cols + col,
            Self::Column => col,
            Self::Row => row,
            Self::Rows(rows) => row / if rows == 0 { 1 } else { rows } * cols + col,
            Self::Single => 0,
        }
    }
}

/// An operand of a formula.
#[derive(Debug)]
pub struct Operand<'a, B: Backend> {
    /// The buffer that holds its values.
    pub buffer: &'a B::Buffer,
    /// The index of its first value.
    pub offset: usize,
    /// The spread of its values.
    pub spread: Spread,
}

impl<'a, B: Backend> Operand<'a, B> {
    const fn of(buffer: &'a B::Buffer, spread: Spread) -> Self {
        Self {
            buffer,
            offset: 0,
            spread,
        }
    }

    /// A value for every element.
    pub const fn elements(buffer: &'a B::Buffer) -> Self {
        Self::of(buffer, Spread::Element)
    }

    /// A value for every column.
    pub const fn columns(buffer: &'a B::Buffer) -> Self {
        Self::of(buffer, Spread::Column)
    }

    /// A value for every row.
    pub const fn rows(buffer: &'a B::Buffer) -> Self {
        Self::of(buffer, Spread::Row)
    }

    /// A row of values for every `rows` rows.
    pub const fn shared_rows(buffer: &'a B::Buffer, rows: usize) -> Self {
        Self::of(buffer, Spread::Rows(rows))
    }

    /// One value for all.
    pub const fn single(buffer: &'a B::Buffer) -> Self {
        Self::of(buffer, Spread::Single)
    }

    /// The same from this index of the buffer on.
    pub const fn at(self, offset: usize) -> Self {
        Self { offset, ..self }
    }
}

// Derived `Clone` would ask for `B: Clone`.
impl<B: Backend> Clone for Operand<'_, B> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<B: Backend> Copy for Operand<'_, B> {}

/// Checks the operands from position `first` on: those that the formula names must be there in full.
///
/// # Errors
/// [`Error::Shape`], naming the position.
pub fn check_operands<B: Backend>(
    backend: &B,
    formula: &Formula,
    dims: Dims,
    operands: &[Operand<'_, B>],
    first: usize,
) -> Result<()> {
    for position in (first..formula.operands()).filter(|position| formula.names(*position)) {
        let (needed, found) = match operands.get(position - first) {
            Some(operand) => (
                operand.offset + operand.spread.len(dims),
                backend.len(operand.buffer),
            ),
            None => (1, 0),
        };
        if found < needed {
            return Err(Error::shape(
                format!("the operand {position} of a formula"),
                format!("at least {needed}"),
                format!("{found} values"),
            ));
        }
    }
    Ok(())
}
