//! The gradients of a convolution.

use super::{ConvolutionPass, ConvolutionScratch, ROWS};
use crate::device::CpuBackend;
use crate::gemm::{self, ColumnMajor, ColumnSplit, PackedB, RowMajor, multiply_columns, packed_b_len};
use crate::memory::{KeptBuffer, prefix, prefix_mut};
use crate::primitives::adjoint::AddPatches;
use crate::primitives::sums;
use crate::simd::vectorized;
use crate::threads::chunks;
use hebb_core::Result;
use hebb_core::backend::{Gemm, Gradients};
use hebb_core::geometry::PaddingMode;

impl ConvolutionPass<'_> {
    /// The gradients with respect to weights, bias and images, from the one with respect to the output (P×N).
    pub(crate) fn backward(
        &self,
        grad_output: &[f32],
        gradients: Gradients<'_, CpuBackend>,
        scratch: &mut ConvolutionScratch,
    ) -> Result<()> {
        let dims = self.convolution.responses();
        let grad_output = prefix("the gradient of a convolution", grad_output, dims.len())?;
        let weights = prefix_mut("the gradient of weights", gradients.weights, self.weights.len())?;
        if let Some(bias) = gradients.bias {
            let bias = prefix_mut("the gradient of a bias", bias, dims.cols)?;
            let CpuBackend { threads, buffers, .. } = self.device;
            sums::column_sums(threads, buffers, dims, grad_output, bias)?;
        }
        if dims.is_empty() {
            weights.fill(0.0);
        } else {
            self.grad_weights(grad_output, weights, scratch)?;
        }
        match gradients.input {
            Some(input) => self.grad_input(grad_output, input, &mut scratch.packed_b),
            None => Ok(()),
        }
    }

    /// ∂L/∂W (N×K) = ∂L/∂Yᵀ (N×P) · X (P×K).
    fn grad_weights(
        &self,
        grad_output: &[f32],
        weights: &mut [f32],
        scratch: &mut ConvolutionScratch,
    ) -> Result<()> {
        let (dims, CpuBackend { threads, buffers, .. }) = (self.convolution.responses(), self.device);
        let patches = self.patches(&mut scratch.padded)?;
        if let Some(tiling) = self.tiling() {
            return self.grad_weights_transformed(&tiling, patches.images, grad_output, weights);
        }
        let split = ColumnSplit::new(dims.cols, patches.patch_len(), dims.rows);
        let left = ColumnMajor::new(grad_output, dims.cols);
        buffers.with(split.len(), |sums| {
            multiply_columns(threads, split, left, patches, weights, sums);
        })
    }

    /// ∂L/∂X (P×K) = ∂L/∂Y (P×N) · W (N×K) of some images at a time, each added to its image at once.
    fn grad_input(&self, grad_output: &[f32], input: &mut [f32], packed_b: &mut KeptBuffer) -> Result<()> {
        let (conv, dims) = (&self.convolution.geometry, self.convolution.responses());
        let (patch_len, image_len) = (conv.patch_len(), conv.input().len());
        let pixels = self.convolution.images * image_len;
        let input = prefix_mut("the gradient of images", input, pixels)?;
        let unpadded = conv.window().padding == [0, 0];
        if dims.rows < ROWS && conv.positions() == 1 && patch_len == image_len && unpadded {
            let gemm = Gemm::new(dims.rows, patch_len, dims.cols);
            return gemm::gemm(self.device, gemm, grad_output, self.weights, input);
        }
        let zeros = unpadded || conv.window().mode == PaddingMode::Zero;
        if let Some(tiling) = self.tiling().filter(|_| zeros) {
            return self.grad_input_transformed(&tiling, grad_output, input, packed_b);
        }
        let memory = packed_b.take(packed_b_len(dims.cols, patch_len))?;
        let right = RowMajor::new(self.weights, patch_len);
        let right = PackedB::new(&self.device.threads, right, [dims.cols, patch_len], memory);
        let images = images_of_task(conv.positions());
        let shared = chunks(input, images * image_len);
        let tasks = self.convolution.images.div_ceil(images);
        self.device.threads.try_split(tasks, shared, |task, input| {
            let first = task * images * conv.positions();
            self.add_patches(first, grad_output, right, input)
        })
    }

    /// Sets some images to the sums of their patches' gradients, from row `first` of the output on.
    fn add_patches(
        &self,
        first: usize,
        grad_output: &[f32],
        right: PackedB<'_>,
        input: &mut [f32],
    ) -> Result<()> {
        let conv = &self.convolution.geometry;
        let (positions, patch_len) = (conv.positions(), conv.patch_len());
        let rows = first..first + input.len() / conv.input().len() * positions;
        self.device.buffers.with(rows.len() * patch_len, |patches| {
            right.multiply(RowMajor::new(grad_output, self.convolution.units), rows, patches);
            input.fill(0.0);
            let patches = patches.chunks_exact(positions * patch_len);
            for (image, patches) in input.chunks_exact_mut(conv.input().len()).zip(patches) {
                vectorized(AddPatches, (conv, patches, image));
            }
        })
    }
}

/// Images whose gradients one task computes: enough patches that reading the weights costs little.
fn images_of_task(positions: usize) -> usize {
    const PATCHES: usize = 64;
    PATCHES.div_ceil(positions)
}
