//! Sizes of matrices and of their products.

/// The size of a row-major matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dims {
    /// Rows.
    pub rows: usize,
    /// Columns, contiguous.
    pub cols: usize,
}

impl Dims {
    /// `rows` × `cols`.
    pub const fn new(rows: usize, cols: usize) -> Self {
        Self { rows, cols }
    }

    /// Values.
    pub const fn len(&self) -> usize {
        self.rows * self.cols
    }

    /// Whether there is no value.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The sizes and scalars of C = alpha·op(A)·op(B) + beta·C.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gemm {
    /// Rows of op(A) and C.
    pub m: usize,
    /// Columns of op(B) and C.
    pub n: usize,
    /// Columns of op(A), rows of op(B).
    pub k: usize,
    /// Whether A is stored k×m.
    pub transpose_a: bool,
    /// Whether B is stored n×k.
    pub transpose_b: bool,
    /// The factor of the product.
    pub alpha: f32,
    /// The factor of C's former value; with 0 it is not read.
    pub beta: f32,
}

impl Gemm {
    /// C = A·B.
    pub const fn new(m: usize, n: usize, k: usize) -> Self {
        Self {
            m,
            n,
            k,
            transpose_a: false,
            transpose_b: false,
            alpha: 1.0,
            beta: 0.0,
        }
    }

    /// The same with A stored k×m.
    pub const fn transpose_a(self) -> Self {
        Self {
            transpose_a: true,
            ..self
        }
    }

    /// The same with B stored n×k.
    pub const fn transpose_b(self) -> Self {
        Self {
            transpose_b: true,
            ..self
        }
    }

    /// The same with these factors.
    pub const fn scaled(self, alpha: f32, beta: f32) -> Self {
        Self { alpha, beta, ..self }
    }
}
