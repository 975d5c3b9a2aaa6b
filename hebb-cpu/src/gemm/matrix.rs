//! Matrices as operands of a product.

/// A matrix that lies row after row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowMajor<'a> {
    pub(super) values: &'a [f32],
    pub(super) columns: usize,
}

impl<'a> RowMajor<'a> {
    pub(crate) fn new(values: &'a [f32], columns: usize) -> Self {
        Self { values, columns }
    }
}

/// A matrix that lies column after column: the transpose of one that lies row after row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ColumnMajor<'a> {
    pub(super) values: &'a [f32],
    pub(super) rows: usize,
}

impl<'a> ColumnMajor<'a> {
    pub(crate) fn new(values: &'a [f32], rows: usize) -> Self {
        Self { values, rows }
    }
}
