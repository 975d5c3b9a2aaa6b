//! [`CudaBackend`] and its implementation of [`Backend`], by file.

mod accumulate;
mod columns;
mod elements;
mod entropy;
mod formulas;
mod handle;
mod images;
mod learn;
mod matrix;
mod random;
mod responses;

use hebb_core::Result;
use hebb_core::backend::{
    Backend, ColumnNorm, Contraction, Dims, Gemm, Learned, Logits, NormGradients, Operand, PassInput,
    PatchMatrix, PoolBatch, Responses, Step, Sums, Workspace,
};
use hebb_core::formula::Formula;
use hebb_core::plan::{Competition, Output, Similarity};
use hebb_core::seed::Stream;

use crate::buffer::CudaBuffer;
use crate::error::NAME;
use crate::kernel::Kernel;
use formulas::FormulaInput;
pub use handle::CudaBackend;

impl Backend for CudaBackend {
    const NAME: &'static str = NAME;

    type Buffer = CudaBuffer;

    type Scratch = ();

    fn zeros(&self, len: usize) -> Result<CudaBuffer> {
        self.device.zeros(len)
    }

    fn len(&self, buffer: &CudaBuffer) -> usize {
        buffer.len
    }

    fn upload(&self, host: &[f32], to: &mut CudaBuffer) -> Result<()> {
        Ok(self.device.upload(host, to.need_mut("to", host.len())?)?)
    }

    fn download(&self, from: &CudaBuffer, host: &mut [f32]) -> Result<()> {
        Ok(self.device.download(from.need("from", host.len())?, host)?)
    }

    fn copy(&self, len: usize, from: &CudaBuffer, to: &mut CudaBuffer) -> Result<()> {
        Ok(self
            .device
            .copy(len, from.need("from", len)?, to.need_mut("to", len)?)?)
    }

    fn synchronize(&self) -> Result<()> {
        Ok(self.device.synchronize()?)
    }

    fn gemm(&self, gemm: Gemm, a: &CudaBuffer, b: &CudaBuffer, c: &mut CudaBuffer) -> Result<()> {
        matrix::gemm(self, gemm, a, b, c)
    }

    fn im2col(&self, of: &PatchMatrix, input: &CudaBuffer, patches: &mut CudaBuffer) -> Result<()> {
        images::im2col(self, of, input, patches)
    }

    fn row_norms_squared(&self, dims: Dims, x: &CudaBuffer, out: &mut CudaBuffer) -> Result<()> {
        matrix::row_norms_squared(self, dims, x, out)
    }

    fn similarity(
        &self,
        similarity: Similarity,
        dims: Dims,
        patch_norms: &CudaBuffer,
        unit_norms: &CudaBuffer,
        dots: &mut CudaBuffer,
    ) -> Result<()> {
        responses::similarity(self, similarity, dims, patch_norms, unit_norms, dots)
    }

    fn compete(
        &self,
        competition: &Competition,
        dims: Dims,
        u: &CudaBuffer,
        thresholds: Option<&CudaBuffer>,
        y: &mut CudaBuffer,
    ) -> Result<()> {
        responses::compete(self, competition, dims, u, thresholds, y)
    }

    fn map(
        &self,
        formula: &Formula,
        dims: Dims,
        operands: &[Operand<'_, Self>],
        out: &mut CudaBuffer,
    ) -> Result<()> {
        FormulaInput::new(self, dims, operands).map(formula, out)
    }

    fn update(
        &self,
        formula: &Formula,
        dims: Dims,
        operands: &[Operand<'_, Self>],
        target: &mut CudaBuffer,
    ) -> Result<()> {
        formulas::update(self, formula, dims, operands, target)
    }

    fn column_sums(&self, dims: Dims, x: &CudaBuffer, out: &mut CudaBuffer) -> Result<()> {
        columns::sums(self, dims, x, out)
    }

    fn activate(
        &self,
        output: &Output,
        dims: Dims,
        u: &CudaBuffer,
        thresholds: Option<&CudaBuffer>,
        y: &CudaBuffer,
        out: &mut CudaBuffer,
    ) -> Result<()> {
        self.write_output(output, dims, u, thresholds, y, out)
    }

    fn pool(&self, batch: &PoolBatch, x: &CudaBuffer, out: &mut CudaBuffer) -> Result<()> {
        images::pool(self, batch, x, out)
    }

    fn standardize_rows(&self, dims: Dims, epsilon: f32, x: &mut CudaBuffer) -> Result<()> {
        matrix::scale_each_row(self, Kernel::StandardizeRows, dims, epsilon, x)
    }

    fn lower_triangle(&self, size: usize, x: &mut CudaBuffer) -> Result<()> {
        elements::lower_triangle(self, size, x)
    }

    fn normalize_rows(&self, dims: Dims, epsilon: f32, x: &mut CudaBuffer) -> Result<()> {
        matrix::scale_each_row(self, Kernel::NormalizeRows, dims, epsilon, x)
    }

    fn largest_size(&self, len: usize, x: &CudaBuffer, out: &mut CudaBuffer) -> Result<()> {
        matrix::largest_size(self, len, x, out)
    }

    fn accumulate(
        &self,
        input: PassInput<'_, Self>,
        responses: Responses<'_, Self>,
        sums: &mut Sums<Self>,
        workspace: &mut Workspace<Self>,
    ) -> Result<()> {
        accumulate::accumulate(self, input, responses, sums, workspace)
    }

    fn learn(
        &self,
        contraction: Contraction<'_, Self>,
        step: &Step,
        learned: Learned<'_, Self>,
        workspace: &mut Workspace<Self>,
    ) -> Result<()> {
        learn::learn(self, contraction, step, learned, workspace)
    }

    fn col2im(&self, of: &PatchMatrix, patches: &CudaBuffer, input: &mut CudaBuffer) -> Result<()> {
        images::col2im(self, of, patches, input)
    }

    fn pool_backward(
        &self,
        batch: &PoolBatch,
        x: &CudaBuffer,
        grad_output: &CudaBuffer,
        grad_input: &mut CudaBuffer,
    ) -> Result<()> {
        self.unpool(batch, x, grad_output, grad_input)
    }

    fn column_moments(
        &self,
        dims: Dims,
        x: &CudaBuffer,
        mean: &mut CudaBuffer,
        variance: &mut CudaBuffer,
    ) -> Result<()> {
        columns::moments(self, dims, x, mean, variance)
    }

    fn column_products(
        &self,
        dims: Dims,
        x: &CudaBuffer,
        y: &CudaBuffer,
        centre: &CudaBuffer,
        out: &mut CudaBuffer,
    ) -> Result<()> {
        columns::products(self, dims, x, y, centre, out)
    }

    fn batch_norm(
        &self,
        dims: Dims,
        x: &CudaBuffer,
        norm: ColumnNorm<'_, Self>,
        y: &mut CudaBuffer,
        _: &mut Workspace<Self>,
    ) -> Result<()> {
        columns::batch_norm(self, dims, x, norm, y)
    }

    fn batch_norm_backward(
        &self,
        dims: Dims,
        x: &CudaBuffer,
        norm: ColumnNorm<'_, Self>,
        gradients: NormGradients<'_, Self>,
        _: &mut Workspace<Self>,
    ) -> Result<()> {
        columns::batch_norm_backward(self, dims, x, norm, gradients)
    }

    fn uniform(&self, len: usize, stream: &mut Stream, out: &mut CudaBuffer) -> Result<()> {
        random::uniform(self, len, stream, out)
    }

    fn entropy_gradient(&self, logits: Logits<'_, Self>, gradient: &mut CudaBuffer) -> Result<()> {
        entropy::gradient(self, logits.dims, logits.values, logits.labels, gradient)
    }

    fn entropy_scores(&self, logits: Logits<'_, Self>, scores: &mut CudaBuffer) -> Result<()> {
        entropy::scores(self, logits.dims, logits.values, logits.labels, scores)
    }
}
