//! Sizes and geometries as 32-bit kernel arguments.

use hebb_core::backend::PoolBatch;
use hebb_core::geometry::{ConvGeometry, PaddingMode};
use hebb_core::plan::{Neighbourhood, PoolKind, UnitGrid};

use crate::error::CudaError;
use crate::kernel::BLOCK;

/// The largest index that a kernel supports: a thread beyond the last value must not wrap around.
const LIMIT: usize = (u32::MAX - BLOCK) as usize;

/// A number of values, rows or columns.
///
/// # Errors
/// [`CudaError::TooLarge`].
pub(crate) fn size(what: &'static str, len: usize) -> Result<u32, CudaError> {
    match u32::try_from(len) {
        Ok(size) if len <= LIMIT => Ok(size),
        _ => Err(CudaError::TooLarge {
            what,
            len,
            limit: LIMIT,
        }),
    }
}

/// Partition of the rows of a matrix for a sum over them. It depends on their number alone, so the order of a sum is fixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Chunks {
    /// Rows of a chunk; the last may have fewer.
    pub(crate) rows: u32,
    pub(crate) count: u32,
}

impl Chunks {
    /// Fewest rows that one block sums.
    const ROWS: usize = 256;
    /// Most chunks; more rows make longer ones.
    const MOST: usize = 1024;

    /// The chunks of `rows` rows.
    ///
    /// # Errors
    /// [`CudaError::TooLarge`].
    pub(crate) fn of(rows: usize) -> Result<Self, CudaError> {
        let of_chunk = rows.div_ceil(Self::MOST).max(Self::ROWS);
        Ok(Self {
            rows: size("a chunk", of_chunk)?,
            count: size("chunks", rows.div_ceil(of_chunk))?,
        })
    }
}

/// `struct Convolution` of `patches.cu`.
pub(crate) fn convolution(conv: &ConvGeometry) -> Result<[u32; 14], CudaError> {
    let (input, window) = (conv.input(), conv.window());
    let pairs = [
        [input.height, input.width],
        window.kernel,
        window.stride,
        window.dilation,
        window.padding,
        [conv.out_height(), conv.out_width()],
        [input.channels, usize::from(window.mode == PaddingMode::Reflect)],
    ];
    words(pairs.as_flattened())
}

/// `struct Pooling` of `pooling.cu`.
pub(crate) fn pooling(batch: &PoolBatch) -> Result<[u32; 9], CudaError> {
    let PoolBatch {
        pool, input, output, ..
    } = batch;
    words(&[
        input.channels,
        input.height,
        input.width,
        output.height,
        output.width,
        pool.size,
        pool.stride,
        pool.padding,
        usize::from(pool.kind == PoolKind::Max),
    ])
}

/// `struct Neighbourhood` of `lateral.cu`.
pub(crate) fn neighbourhood(
    grid: UnitGrid,
    kernel: Neighbourhood,
    sigma: f32,
) -> Result<[u32; 6], CudaError> {
    let [planes, rows, cols] = words(&grid.0)?;
    let gauss = |sigma: f64| 0.5 / (sigma * sigma);
    let (number, exponent): (u32, fn(f64) -> f64) = match kernel {
        Neighbourhood::Gauss => (0, gauss),
        Neighbourhood::DifferenceOfGaussians => (1, gauss),
        Neighbourhood::Exponential => (2, f64::recip),
        Neighbourhood::DifferenceOfExponentials => (3, f64::recip),
    };
    let exponent = |sigma: f64| (exponent(sigma) as f32).to_bits();
    let sigma = f64::from(sigma);
    Ok([planes, rows, cols, number, exponent(sigma), exponent(2.0 * sigma)])
}

fn words<const N: usize>(sizes: &[usize]) -> Result<[u32; N], CudaError> {
    let mut words = [0; N];
    for (word, len) in words.iter_mut().zip(sizes) {
        *word = size("a side of an image or window", *len)?;
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_every_row_and_are_never_too_many() {
        for rows in [0, 1, 256, 257, 78_400, 262_144, 262_145, 10_000_000] {
            let chunks = Chunks::of(rows).unwrap();
            let (of_chunk, count) = (chunks.rows as usize, chunks.count as usize);
            assert!(of_chunk * count >= rows && count <= Chunks::MOST);
            assert!(count == 0 || of_chunk * (count - 1) < rows);
        }
    }

    #[test]
    fn sizes_beyond_a_kernel_s_reach_are_refused() {
        assert_eq!(size("x", LIMIT).unwrap() as usize, LIMIT);
        let message = size("x", LIMIT + 1).unwrap_err().to_string();
        assert!(
            message.contains("x has 4294967040 values") && message.contains("smaller batch"),
            "{message}"
        );
        assert!(size("x", usize::MAX).is_err());
    }
}
