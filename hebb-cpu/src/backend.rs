//! The operations of [`CpuBackend`].

use crate::convolution::ConvolutionPass;
use crate::device::CpuBackend;
use crate::gemm;
use crate::memory::{NAME, optional, prefix, prefix_mut, zeros};
use crate::pass::{self, CheckedInput};
use crate::primitives::{
    activate, adjoint, columns, compete, im2col, map, pool, random, rows, similarity, sums,
};
use crate::scratch::CpuScratch;
use hebb_core::Result;
use hebb_core::backend::{
    Backend, Convolution, Dims, Gemm, Gradients, Operand, PassInput, PatchMatrix, PoolBatch, Sums, Workspace,
    check_operands, composed_pass,
};
use hebb_core::formula::Formula;
use hebb_core::plan::{Competition, Output, PoolKind, Similarity};
use hebb_core::seed::Stream;

impl Backend for CpuBackend {
    const NAME: &'static str = NAME;

    type Buffer = Vec<f32>;

    type Scratch = CpuScratch;

    fn zeros(&self, len: usize) -> Result<Vec<f32>> {
        zeros(len)
    }

    fn len(&self, buffer: &Vec<f32>) -> usize {
        buffer.len()
    }

    fn upload(&self, host: &[f32], to: &mut Vec<f32>) -> Result<()> {
        let to = prefix_mut("the buffer of an upload", to, host.len())?;
        self.threads.copy(host, to);
        Ok(())
    }

    fn download(&self, from: &Vec<f32>, host: &mut [f32]) -> Result<()> {
        self.threads
            .copy(prefix("the buffer of a download", from, host.len())?, host);
        Ok(())
    }

    fn view<'b>(&self, buffer: &'b Vec<f32>) -> Option<&'b [f32]> {
        Some(buffer)
    }

    fn copy(&self, len: usize, from: &Vec<f32>, to: &mut Vec<f32>) -> Result<()> {
        let from = prefix("the source of a copy", from, len)?;
        self.threads
            .copy(from, prefix_mut("the target of a copy", to, len)?);
        Ok(())
    }

    fn gemm(&self, gemm: Gemm, a: &Vec<f32>, b: &Vec<f32>, c: &mut Vec<f32>) -> Result<()> {
        gemm::gemm(self, gemm, a, b, c)
    }

    fn im2col(&self, of: &PatchMatrix, input: &Vec<f32>, patches: &mut Vec<f32>) -> Result<()> {
        let input = prefix("the images of im2col", input, of.input_len())?;
        let patches = prefix_mut("the patches of im2col", patches, of.dims().len())?;
        im2col::im2col(&self.threads, &of.geometry, input, patches);
        Ok(())
    }

    fn row_norms_squared(&self, dims: Dims, x: &Vec<f32>, out: &mut Vec<f32>) -> Result<()> {
        let x = prefix("the matrix of row norms", x, dims.len())?;
        let out = prefix_mut("the row norms", out, dims.rows)?;
        sums::row_norms_squared(&self.threads, dims, x, out);
        Ok(())
    }

    fn similarity(
        &self,
        similarity: Similarity,
        dims: Dims,
        patch_norms: &Vec<f32>,
        unit_norms: &Vec<f32>,
        dots: &mut Vec<f32>,
    ) -> Result<()> {
        let needed = |needs: bool, len: usize| if needs { len } else { 0 };
        let patches = needed(similarity.needs_patch_norms(), dims.rows);
        let patch_norms = prefix("the patches' norms", patch_norms, patches)?;
        let units = needed(similarity.needs_unit_norms(), dims.cols);
        let unit_norms = prefix("the units' norms", unit_norms, units)?;
        let dots = prefix_mut("the dot products", dots, dims.len())?;
        similarity::similarity(
            &self.threads,
            &self.buffers,
            similarity,
            dims,
            [patch_norms, unit_norms],
            dots,
        )
    }

    fn compete(
        &self,
        competition: &Competition,
        dims: Dims,
        u: &Vec<f32>,
        thresholds: Option<&Vec<f32>>,
        y: &mut Vec<f32>,
    ) -> Result<()> {
        let u = prefix("the similarity of a competition", u, dims.len())?;
        let thresholds = optional("the thresholds of a competition", thresholds, dims.cols)?;
        let y = prefix_mut("the activity of a competition", y, dims.len())?;
        compete::compete(&self.threads, competition, dims, u, thresholds, y);
        Ok(())
    }

    fn map(
        &self,
        formula: &Formula,
        dims: Dims,
        operands: &[Operand<'_, Self>],
        out: &mut Vec<f32>,
    ) -> Result<()> {
        check_operands(self, formula, dims, operands, 0)?;
        let out = prefix_mut("the result of a formula", out, dims.len())?;
        map::map(&self.threads, formula, dims, operands, out);
        Ok(())
    }

    fn update(
        &self,
        formula: &Formula,
        dims: Dims,
        operands: &[Operand<'_, Self>],
        target: &mut Vec<f32>,
    ) -> Result<()> {
        check_operands(self, formula, dims, operands, 1)?;
        let target = prefix_mut("the target of a formula", target, dims.len())?;
        map::update(&self.threads, formula, dims, operands, target);
        Ok(())
    }

    fn column_sums(&self, dims: Dims, x: &Vec<f32>, out: &mut Vec<f32>) -> Result<()> {
        let x = prefix("the matrix of column sums", x, dims.len())?;
        let out = prefix_mut("the column sums", out, dims.cols)?;
        sums::column_sums(&self.threads, &self.buffers, dims, x, out)
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
        let u = prefix("the similarity of an output", u, dims.len())?;
        let y = prefix("the activity of an output", y, dims.len())?;
        let thresholds = optional("the thresholds of an output", thresholds, dims.cols)?;
        let out = prefix_mut("an output", out, dims.len())?;
        activate::activate(&self.threads, output, dims, [u, y], thresholds, out);
        Ok(())
    }

    fn pool(&self, batch: &PoolBatch, x: &Vec<f32>, out: &mut Vec<f32>) -> Result<()> {
        let x = prefix("the images of a pooling", x, batch.input_len())?;
        let out = prefix_mut("the result of a pooling", out, batch.output_len())?;
        pool::pool(&self.threads, batch, x, out);
        Ok(())
    }

    fn standardize_rows(&self, dims: Dims, epsilon: f32, x: &mut Vec<f32>) -> Result<()> {
        let x = prefix_mut("the rows of a standardisation", x, dims.len())?;
        rows::standardize(&self.threads, dims, epsilon, x);
        Ok(())
    }

    fn lower_triangle(&self, size: usize, x: &mut Vec<f32>) -> Result<()> {
        let x = prefix_mut("the matrix of a lower triangle", x, size * size)?;
        rows::lower_triangle(&self.threads, size, x);
        Ok(())
    }

    fn normalize_rows(&self, dims: Dims, epsilon: f32, x: &mut Vec<f32>) -> Result<()> {
        let x = prefix_mut("the rows of a normalisation", x, dims.len())?;
        rows::normalize(&self.threads, dims, epsilon, x);
        Ok(())
    }

    fn uniform(&self, len: usize, stream: &mut Stream, out: &mut Vec<f32>) -> Result<()> {
        let out = prefix_mut("the numbers of a stream", out, len)?;
        random::uniform(&self.threads, stream, out);
        Ok(())
    }

    fn col2im(&self, of: &PatchMatrix, patches: &Vec<f32>, input: &mut Vec<f32>) -> Result<()> {
        let patches = prefix("the patches of col2im", patches, of.dims().len())?;
        let input = prefix_mut("the images of col2im", input, of.input_len())?;
        adjoint::col2im(&self.threads, &of.geometry, patches, input);
        Ok(())
    }

    fn pool_backward(
        &self,
        batch: &PoolBatch,
        x: &Vec<f32>,
        grad_output: &Vec<f32>,
        grad_input: &mut Vec<f32>,
    ) -> Result<()> {
        let read = match batch.pool.kind {
            PoolKind::Average => 0,
            PoolKind::Max => batch.input_len(),
        };
        let x = prefix("the images of a pooling", x, read)?;
        let grad_output = prefix("the gradient of a pooling", grad_output, batch.output_len())?;
        let len = batch.input_len();
        let grad_input = prefix_mut("the gradient of a pooling's images", grad_input, len)?;
        adjoint::pool_backward(&self.threads, batch, x, grad_output, grad_input);
        Ok(())
    }

    fn column_moments(
        &self,
        dims: Dims,
        x: &Vec<f32>,
        mean: &mut Vec<f32>,
        variance: &mut Vec<f32>,
    ) -> Result<()> {
        let x = prefix("the matrix of column moments", x, dims.len())?;
        let mean = prefix_mut("the means of columns", mean, dims.cols)?;
        let variance = prefix_mut("the variances of columns", variance, dims.cols)?;
        columns::moments(&self.threads, &self.buffers, dims, x, mean, variance)
    }

    fn column_products(
        &self,
        dims: Dims,
        x: &Vec<f32>,
        y: &Vec<f32>,
        centre: &Vec<f32>,
        out: &mut Vec<f32>,
    ) -> Result<()> {
        let x = prefix("the first matrix of column products", x, dims.len())?;
        let y = prefix("the second matrix of column products", y, dims.len())?;
        let centre = prefix("the centres of column products", centre, dims.cols)?;
        let out = prefix_mut("the column products", out, dims.cols)?;
        columns::products(&self.threads, &self.buffers, dims, [x, y], centre, out)
    }

    fn convolve(
        &self,
        convolution: &Convolution,
        input: &Vec<f32>,
        weights: &Vec<f32>,
        bias: Option<&Vec<f32>>,
        output: &mut Vec<f32>,
        workspace: &mut Workspace<Self>,
    ) -> Result<()> {
        let bias = bias.map(Vec::as_slice);
        ConvolutionPass::new(self, convolution, input, weights)?.forward(
            bias,
            output,
            &mut workspace.scratch.convolution,
        )
    }

    fn convolve_backward(
        &self,
        convolution: &Convolution,
        input: &Vec<f32>,
        weights: &Vec<f32>,
        grad_output: &Vec<f32>,
        gradients: Gradients<'_, Self>,
        workspace: &mut Workspace<Self>,
    ) -> Result<()> {
        ConvolutionPass::new(self, convolution, input, weights)?.backward(
            grad_output,
            gradients,
            &mut workspace.scratch.convolution,
        )
    }

    fn largest_size(&self, len: usize, x: &Vec<f32>, out: &mut Vec<f32>) -> Result<()> {
        let x = prefix("the values of a maximum", x, len)?;
        let out = prefix_mut("a maximum", out, 1)?;
        out[0] = sums::largest_size(&self.threads, x);
        Ok(())
    }

    fn pass(
        &self,
        input: PassInput<'_, Self>,
        mut sums: Option<&mut Sums<Self>>,
        mut output: Option<&mut Vec<f32>>,
        workspace: &mut Workspace<Self>,
    ) -> Result<()> {
        if let Some(checked) = CheckedInput::new(input, sums.is_some())? {
            let scratch = &mut workspace.scratch.pass;
            if pass::run(self, checked, sums.as_deref_mut(), output.as_deref_mut(), scratch)? {
                return Ok(());
            }
        }
        composed_pass(self, input, sums, output, workspace)
    }
}
