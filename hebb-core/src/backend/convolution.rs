//! A convolution with bias and its gradients, composed from the primitives.

use super::{Backend, Dims, Gemm, Operand, PatchMatrix, Slot, Workspace};
use crate::error::Result;
use crate::formula::Formula;
use crate::geometry::ConvGeometry;

/// A convolution as data: N kernels over patches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Convolution {
    /// Geometry of the patches.
    pub geometry: ConvGeometry,
    /// Kernels N.
    pub units: usize,
    /// Images in the batch.
    pub images: usize,
}

impl Convolution {
    /// Patches P of the batch.
    pub const fn rows(&self) -> usize {
        self.patches().rows
    }

    /// The patch matrix X.
    pub const fn patch_matrix(&self) -> PatchMatrix {
        PatchMatrix::new(self.geometry, self.images)
    }

    /// The size of the patch matrix X, P×K.
    pub const fn patches(&self) -> Dims {
        self.patch_matrix().dims()
    }

    /// The output Y, P×N.
    pub const fn responses(&self) -> Dims {
        Dims::new(self.rows(), self.units)
    }
}

/// Gradients from [`Backend::convolve_backward`].
#[derive(Debug)]
pub struct Gradients<'a, B: Backend> {
    /// ∂L/∂W, N×K.
    pub weights: &'a mut B::Buffer,
    /// ∂L/∂b, N.
    pub bias: Option<&'a mut B::Buffer>,
    /// ∂L/∂ the images (B, H, W, C).
    pub input: Option<&'a mut B::Buffer>,
}

fn patches<B: Backend>(
    backend: &B,
    convolution: &Convolution,
    input: &B::Buffer,
    workspace: &mut Workspace<B>,
) -> Result<B::Buffer> {
    let mut patches = workspace.take(backend, Slot::Patches, convolution.patches().len())?;
    backend.im2col(&convolution.patch_matrix(), input, &mut patches)?;
    Ok(patches)
}

pub(super) fn forward<B: Backend>(
    backend: &B,
    convolution: &Convolution,
    [input, weights]: [&B::Buffer; 2],
    bias: Option<&B::Buffer>,
    output: &mut B::Buffer,
    workspace: &mut Workspace<B>,
) -> Result<()> {
    let dims = convolution.responses();
    let product = Gemm::new(dims.rows, dims.cols, convolution.patches().cols).transpose_b();
    let patches = patches(backend, convolution, input, workspace)?;
    let done = match bias {
        None => backend.gemm(product, &patches, weights, output),
        Some(bias) => {
            backend.map(&Formula::Operand(0), dims, &[Operand::columns(bias)], output)?;
            backend.gemm(product.scaled(1.0, 1.0), &patches, weights, output)
        }
    };
    workspace.put(Slot::Patches, patches);
    done
}

pub(super) fn backward<B: Backend>(
    backend: &B,
    convolution: &Convolution,
    [input, weights, grad_output]: [&B::Buffer; 3],
    gradients: Gradients<'_, B>,
    workspace: &mut Workspace<B>,
) -> Result<()> {
    let (dims, patch_len) = (convolution.responses(), convolution.patches().cols);
    let mut patches = patches(backend, convolution, input, workspace)?;
    // ∂L/∂W (N×K) = ∂L/∂Yᵀ (N×P) · X (P×K)
    let product = Gemm::new(dims.cols, patch_len, dims.rows).transpose_a();
    backend.gemm(product, grad_output, &patches, gradients.weights)?;
    if let Some(bias) = gradients.bias {
        backend.column_sums(dims, grad_output, bias)?;
    }
    if let Some(grad_input) = gradients.input {
        // ∂L/∂X (P×K) = ∂L/∂Y (P×N) · W (N×K)
        let product = Gemm::new(dims.rows, patch_len, dims.cols);
        backend.gemm(product, grad_output, weights, &mut patches)?;
        backend.col2im(&convolution.patch_matrix(), &patches, grad_input)?;
    }
    workspace.put(Slot::Patches, patches);
    Ok(())
}
