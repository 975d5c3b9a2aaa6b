//! The executable specification: naive loops that sum in f64 and round once, to f32.
//!
//! The conformance suite of `hebb_core::testing` compares every other backend with it. It is the template for a new backend.

mod conv;
mod elementwise;
mod matrix;
mod need;
#[cfg(test)]
mod tests;

use crate::backend::{Backend, Dims, Gemm, Operand, PatchMatrix, PoolBatch};
use crate::error::{Error, Result};
use crate::formula::Formula;
use crate::plan::{Competition, Output, Similarity};
use need::{need, need_mut};

/// The reference backend. It defines correct results and makes no attempt to be fast.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RefBackend;

impl Backend for RefBackend {
    const NAME: &'static str = "reference";

    type Buffer = Vec<f32>;

    type Scratch = ();

    fn zeros(&self, len: usize) -> Result<Vec<f32>> {
        let mut buffer = Vec::new();
        buffer.try_reserve_exact(len).map_err(|_| Error::OutOfMemory {
            backend: Self::NAME,
            bytes: len.saturating_mul(size_of::<f32>()),
        })?;
        buffer.resize(len, 0.0);
        Ok(buffer)
    }

    fn len(&self, buffer: &Vec<f32>) -> usize {
        buffer.len()
    }

    fn upload(&self, host: &[f32], to: &mut Vec<f32>) -> Result<()> {
        need_mut("to", to, host.len())?.copy_from_slice(host);
        Ok(())
    }

    fn download(&self, from: &Vec<f32>, host: &mut [f32]) -> Result<()> {
        host.copy_from_slice(need("from", from, host.len())?);
        Ok(())
    }

    fn view<'b>(&self, buffer: &'b Vec<f32>) -> Option<&'b [f32]> {
        Some(buffer)
    }

    fn copy(&self, len: usize, from: &Vec<f32>, to: &mut Vec<f32>) -> Result<()> {
        need_mut("to", to, len)?.copy_from_slice(need("from", from, len)?);
        Ok(())
    }

    fn gemm(&self, gemm: Gemm, a: &Vec<f32>, b: &Vec<f32>, c: &mut Vec<f32>) -> Result<()> {
        matrix::gemm(gemm, a, b, c)
    }

    fn im2col(&self, of: &PatchMatrix, input: &Vec<f32>, patches: &mut Vec<f32>) -> Result<()> {
        conv::im2col(of, input, patches)
    }

    fn row_norms_squared(&self, dims: Dims, x: &Vec<f32>, out: &mut Vec<f32>) -> Result<()> {
        matrix::row_norms_squared(dims, x, out)
    }

    fn similarity(
        &self,
        similarity: Similarity,
        dims: Dims,
        patch_norms: &Vec<f32>,
        unit_norms: &Vec<f32>,
        dots: &mut Vec<f32>,
    ) -> Result<()> {
        elementwise::similarity(similarity, dims, patch_norms, unit_norms, dots)
    }

    fn compete(
        &self,
        competition: &Competition,
        dims: Dims,
        u: &Vec<f32>,
        thresholds: Option<&Vec<f32>>,
        y: &mut Vec<f32>,
    ) -> Result<()> {
        elementwise::compete(competition, dims, u, thresholds, y)
    }

    fn map(
        &self,
        formula: &Formula,
        dims: Dims,
        operands: &[Operand<'_, Self>],
        out: &mut Vec<f32>,
    ) -> Result<()> {
        elementwise::map(formula, dims, operands, out, false)
    }

    fn update(
        &self,
        formula: &Formula,
        dims: Dims,
        operands: &[Operand<'_, Self>],
        target: &mut Vec<f32>,
    ) -> Result<()> {
        elementwise::map(formula, dims, operands, target, true)
    }

    fn column_sums(&self, dims: Dims, x: &Vec<f32>, out: &mut Vec<f32>) -> Result<()> {
        matrix::column_sums(dims, x, out)
    }

    fn activate(
        &self,
        output: &Output,
        dims: Dims,
        u: &Vec<f32>,
        thresholds: Option<&Vec<f32>>,
        y: &Vec<f32>,
        out: &mut Vec<f32>,
    ) -> Result<()> {
        elementwise::activate(output, dims, u, thresholds, y, out)
    }

    fn pool(&self, batch: &PoolBatch, x: &Vec<f32>, out: &mut Vec<f32>) -> Result<()> {
        conv::pool(batch, x, out)
    }

    fn standardize_rows(&self, dims: Dims, epsilon: f32, x: &mut Vec<f32>) -> Result<()> {
        matrix::standardize_rows(dims, epsilon, x)
    }

    fn lower_triangle(&self, size: usize, x: &mut Vec<f32>) -> Result<()> {
        matrix::lower_triangle(size, x)
    }

    fn normalize_rows(&self, dims: Dims, epsilon: f32, x: &mut Vec<f32>) -> Result<()> {
        matrix::normalize_rows(dims, epsilon, x)
    }
}
