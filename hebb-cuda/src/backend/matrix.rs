//! Matrix products and row reductions.

use hebb_core::Result;
use hebb_core::backend::{Dims, Gemm};

use super::handle::CudaBackend;
use crate::buffer::CudaBuffer;
use crate::driver::{LaunchConfig, arguments};
use crate::kernel::Kernel;
use crate::shapes::{Chunks, size};

pub(super) fn gemm(
    backend: &CudaBackend,
    gemm: Gemm,
    a: &CudaBuffer,
    b: &CudaBuffer,
    c: &mut CudaBuffer,
) -> Result<()> {
    let Gemm { m, n, k, beta, .. } = gemm;
    let (a, b, c) = (a.need("a", m * k)?, b.need("b", k * n)?, c.need_mut("c", m * n)?);
    if m == 0 || n == 0 {
        return Ok(());
    }
    if k > 0 {
        return Ok(backend.device.products.run(gemm, a, b, c)?);
    }
    // An empty sum: C = beta·C, and C is not read with beta = 0.
    if beta == 0.0 {
        return Ok(backend.device.clear(m * n, c)?);
    }
    let len = size("c", m * n)?;
    backend.launch(
        Kernel::Scale,
        LaunchConfig::elements(len),
        &arguments![len, beta, c],
    )
}

pub(super) fn row_norms_squared(
    backend: &CudaBackend,
    dims: Dims,
    x: &CudaBuffer,
    out: &mut CudaBuffer,
) -> Result<()> {
    let (x, out) = (x.need("x", dims.len())?, out.need_mut("out", dims.rows)?);
    size("x", dims.len())?;
    let (rows, cols) = (size("out", dims.rows)?, size("a row", dims.cols)?);
    let arguments = arguments![rows, cols, x, out];
    backend.launch(Kernel::RowNormsSquared, LaunchConfig::warps(rows), &arguments)
}

/// Runs `standardize_rows` or `normalize_rows`: a block for each row.
pub(super) fn scale_each_row(
    backend: &CudaBackend,
    kernel: Kernel,
    dims: Dims,
    epsilon: f32,
    x: &mut CudaBuffer,
) -> Result<()> {
    let x = x.need_mut("x", dims.len())?;
    size("x", dims.len())?;
    if dims.is_empty() {
        return Ok(());
    }
    let (rows, cols) = (size("x", dims.rows)?, size("a row", dims.cols)?);
    backend.launch(
        kernel,
        LaunchConfig::blocks(rows, 1),
        &arguments![cols, epsilon, x],
    )
}

pub(super) fn largest_size(
    backend: &CudaBackend,
    len: usize,
    x: &CudaBuffer,
    out: &mut CudaBuffer,
) -> Result<()> {
    let (x, out) = (x.need("x", len)?, out.need_mut("out", 1)?);
    let chunks = Chunks::of(len)?;
    let mut partials = backend.partials(chunks.count as usize)?;
    let arguments = arguments![size("x", len)?, chunks.rows, x, &mut *partials];
    backend.launch(
        Kernel::LargestSize,
        LaunchConfig::blocks(chunks.count, 1),
        &arguments,
    )?;
    largest_of_partials(backend, chunks.count, &partials, out)
}

/// The second stage: one block.
pub(super) fn largest_of_partials(
    backend: &CudaBackend,
    count: u32,
    partials: &CudaBuffer,
    out: &mut CudaBuffer,
) -> Result<()> {
    let arguments = arguments![count, count, partials, out];
    backend.launch(Kernel::LargestSize, LaunchConfig::blocks(1, 1), &arguments)
}
