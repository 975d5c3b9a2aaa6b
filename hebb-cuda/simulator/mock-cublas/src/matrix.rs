//! Column-major matrices in device memory, and their product.

use std::ffi::{CStr, c_int};

use crate::driver::{hebb_mock_peek, hebb_mock_poke};

/// op(M), rows×cols.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matrix {
    address: u64,
    rows: usize,
    cols: usize,
    leading: usize,
    transposed: bool,
    name: &'static CStr,
}

impl Matrix {
    /// `None` if a size is negative or the leading dimension is smaller than a stored column.
    pub(crate) fn new(
        address: u64,
        rows: c_int,
        cols: c_int,
        leading: c_int,
        transposed: bool,
        name: &'static CStr,
    ) -> Option<Self> {
        let [rows, cols, leading] = [rows, cols, leading].map(|size| usize::try_from(size).ok());
        let matrix = Self {
            address,
            rows: rows?,
            cols: cols?,
            leading: leading?,
            transposed,
            name,
        };
        (matrix.leading >= matrix.stored().0.max(1)).then_some(matrix)
    }

    /// Rows and columns in memory.
    fn stored(&self) -> (usize, usize) {
        if self.transposed {
            (self.cols, self.rows)
        } else {
            (self.rows, self.cols)
        }
    }

    /// Reads everything from the first to the last element.
    fn load(&self) -> Option<Vec<f32>> {
        let (rows, cols) = self.stored();
        if rows == 0 || cols == 0 {
            return Some(Vec::new());
        }
        self.read(0, self.leading * (cols - 1) + rows)
    }

    fn read(&self, start: usize, len: usize) -> Option<Vec<f32>> {
        let mut values = vec![0f32; len];
        let address = self.address + 4 * start as u64;
        // SAFETY: `values` has room for the bytes.
        let status =
            unsafe { hebb_mock_peek(address, values.as_mut_ptr().cast(), 4 * len, self.name.as_ptr()) };
        (status == 0).then_some(values)
    }

    fn write(&self, start: usize, values: &[f32]) -> Option<()> {
        let address = self.address + 4 * start as u64;
        let bytes = size_of_val(values);
        // SAFETY: `values` holds the bytes that are read.
        let status = unsafe { hebb_mock_poke(address, values.as_ptr().cast(), bytes, self.name.as_ptr()) };
        (status == 0).then_some(())
    }

    /// Index of the element (row, col) of op(M).
    fn at(&self, row: usize, col: usize) -> usize {
        if self.transposed {
            row * self.leading + col
        } else {
            col * self.leading + row
        }
    }
}

/// C = alpha·op(A)·op(B) + beta·C.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GemmCall {
    pub(crate) a: Matrix,
    pub(crate) b: Matrix,
    pub(crate) c: Matrix,
    pub(crate) alpha: f32,
    pub(crate) beta: f32,
    pub(crate) rounding: InputRounding,
}

impl GemmCall {
    /// `None` if an operand cannot be read or written; the reason has been reported.
    pub(crate) fn run(&self) -> Option<()> {
        let (a, b) = (self.load(&self.a)?, self.load(&self.b)?);
        for col in 0..self.c.cols {
            if self.c.rows == 0 {
                break;
            }
            let start = col * self.c.leading;
            let former = if self.beta == 0.0 {
                vec![0.0; self.c.rows]
            } else {
                self.c.read(start, self.c.rows)?
            };
            let column: Vec<f32> = former
                .iter()
                .enumerate()
                .map(|(row, former)| {
                    let terms =
                        (0..self.a.cols).map(|inner| a[self.a.at(row, inner)] * b[self.b.at(inner, col)]);
                    let scaled = if self.beta == 0.0 { 0.0 } else { self.beta * former };
                    self.alpha * terms.sum::<f32>() + scaled
                })
                .collect();
            self.c.write(start, &column)?;
        }
        Some(())
    }

    fn load(&self, matrix: &Matrix) -> Option<Vec<f32>> {
        let mut values = matrix.load()?;
        values
            .iter_mut()
            .for_each(|value| *value = self.rounding.of_value(*value));
        Some(values)
    }
}

/// Rounding of the operands by a compute type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InputRounding {
    /// Bits of an f32's mantissa that are dropped.
    dropped: u32,
}

impl InputRounding {
    /// By `cublasComputeType_t`; `None` if it is not known here.
    pub(crate) fn of(compute: c_int) -> Option<Self> {
        let dropped = match compute {
            68 => 0,  // CUBLAS_COMPUTE_32F
            75 => 16, // CUBLAS_COMPUTE_32F_FAST_16BF
            77 => 13, // CUBLAS_COMPUTE_32F_FAST_TF32
            _ => return None,
        };
        Some(Self { dropped })
    }

    /// Rounds to the bits that are kept, ties to even.
    fn of_value(self, value: f32) -> f32 {
        if self.dropped == 0 {
            return value;
        }
        let (bits, last) = (value.to_bits(), 1u32 << self.dropped);
        let half = last / 2 - 1 + (bits >> self.dropped & 1);
        f32::from_bits(bits.wrapping_add(half) & !(last - 1))
    }
}
