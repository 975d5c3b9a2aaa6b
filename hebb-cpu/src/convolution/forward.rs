//! The forward convolution.

use super::{ConvolutionPass, ConvolutionScratch, ROWS};
use crate::gemm::{ColumnMajor, ColumnSplit, PackedB, multiply_columns, packed_b_len, rows_of_task};
use crate::image::Patches;
use crate::memory::{KeptBuffer, prefix, prefix_mut};
use crate::threads::chunks;
use hebb_core::Result;

impl ConvolutionPass<'_> {
    /// Y (P×N) = X Wᵀ + b.
    pub(crate) fn forward(
        &self,
        bias: Option<&[f32]>,
        output: &mut [f32],
        scratch: &mut ConvolutionScratch,
    ) -> Result<()> {
        let dims = self.convolution.responses();
        let output = prefix_mut("the output of a convolution", output, dims.len())?;
        let bias = bias
            .map(|bias| prefix("the bias of a convolution", bias, dims.cols))
            .transpose()?;
        if dims.is_empty() {
            return Ok(());
        }
        let patches = self.patches(&mut scratch.padded)?;
        match self.tiling() {
            Some(tiling) => {
                self.forward_transformed(&tiling, patches.images, bias, output, &mut scratch.packed_b)
            }
            None if dims.rows < ROWS => self.forward_by_columns(patches, bias, output),
            None => self.forward_by_rows(patches, bias, output, &mut scratch.packed_b),
        }
    }

    fn forward_by_columns(
        &self,
        patches: Patches<'_>,
        bias: Option<&[f32]>,
        output: &mut [f32],
    ) -> Result<()> {
        let dims = self.convolution.responses();
        let split = ColumnSplit::new(dims.rows, dims.cols, patches.patch_len()).scaled(1.0, 1.0);
        start(bias, dims.cols, output);
        self.device.buffers.with(split.len(), |sums| {
            multiply_columns(&self.device.threads, split, patches, self.columns(), output, sums);
        })
    }

    fn forward_by_rows(
        &self,
        patches: Patches<'_>,
        bias: Option<&[f32]>,
        output: &mut [f32],
        packed_b: &mut KeptBuffer,
    ) -> Result<()> {
        let (dims, depth) = (self.convolution.responses(), patches.patch_len());
        let threads = &self.device.threads;
        let memory = packed_b.take(packed_b_len(depth, dims.cols))?;
        let right = PackedB::new(threads, self.columns(), [depth, dims.cols], memory);
        let size = rows_of_task(dims.rows);
        let shared = chunks(output, size * dims.cols);
        threads.split(dims.rows.div_ceil(size), shared, |task, c| {
            if bias.is_some() {
                start(bias, dims.cols, c);
            }
            let rows = task * size..dims.rows.min((task + 1) * size);
            right.multiply_scaled(patches, rows, 1.0, bias.is_none(), c);
        });
        Ok(())
    }

    /// Wᵀ.
    fn columns(&self) -> ColumnMajor<'_> {
        ColumnMajor::new(self.weights, self.convolution.patches().cols)
    }
}

/// Fills rows of C with what the product is added to.
fn start(bias: Option<&[f32]>, columns: usize, c: &mut [f32]) {
    match bias {
        Some(bias) => c
            .chunks_exact_mut(columns)
            .for_each(|row| row.copy_from_slice(bias)),
        None => c.fill(0.0),
    }
}
