//! Matrices as operands of a product.

/// A matrix that lies row after row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowMajor<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) columns: usize,
}

/// A matrix that lies column after column: the transpose of one that lies row after row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ColumnMajor<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) rows: usize,
}
