//! The one trait that a backend implements: a small set of required primitives, and whole layers built on them.

mod adjoint;
mod batch;
mod batch_norm;
mod columns;
mod convolution;
mod entropy;
mod host;
mod matrix;
mod operand;
mod operands;
mod pass;
mod plan;
mod step;
mod workspace;

pub use batch::{PatchMatrix, PoolBatch};
pub use batch_norm::{ColumnNorm, NORM_EPSILON, NormGradients};
pub use convolution::{Convolution, Gradients};
pub(crate) use entropy::{RowLoss, first_largest};
pub use host::{buffer_of, host_of, values_of};
pub use matrix::{Dims, Gemm};
pub use operand::{Operand, Spread, check_operands};
pub use operands::{Contraction, Logits, Operands, PassInput, Responses, Sums};
pub use pass::composed_pass;
pub use plan::LayerPlan;
pub(crate) use step::apply_constraint;
pub use step::{Learned, Step};
pub use workspace::{Slot, Workspace};

use crate::error::Result;
use crate::formula::Formula;
use crate::plan::{Competition, Output, Similarity};
use crate::seed::Stream;
use rand::RngExt;
use std::fmt::Debug;

/// A device that layers run on.
///
/// Matrices are row-major f32; a batch of images is (B, H, W, C), channels last. Contracts that hold for every method:
///
/// 1. A buffer may be longer than its operands need; only the prefix is read or written.
/// 2. A buffer that is too short is an [`crate::Error::Shape`], never a panic, and leaves outputs unspecified.
/// 3. Sizes of zero are allowed and leave outputs empty, or zero where a sum over nothing is asked for.
/// 4. Results do not depend on the number of threads, and equal inputs give equal bits.
/// 5. Finite inputs give finite outputs, overflow of f32 aside.
///
/// A new backend implements the required methods, passes the conformance suite of the module `testing`, and is right; then it
/// overrides provided methods such as [`Self::pass`] and is fast.
pub trait Backend: Debug + Send + Sync + Sized + 'static {
    /// The backend's name on the command line.
    const NAME: &'static str;

    /// f32 values on the device.
    type Buffer: Debug + Send + Sync;

    /// Memory of the backend's own kernels, kept between batches in a [`Workspace`]; `()` for a backend that needs none.
    type Scratch: Debug + Default + Send + Sync;

    /// A buffer of `len` zeros.
    ///
    /// # Errors
    /// [`crate::Error::OutOfMemory`].
    fn zeros(&self, len: usize) -> Result<Self::Buffer>;

    /// Values in a buffer.
    fn len(&self, buffer: &Self::Buffer) -> usize;

    /// Copies `host` to the start of a buffer.
    ///
    /// # Shapes
    /// `to` as long as `host`.
    fn upload(&self, host: &[f32], to: &mut Self::Buffer) -> Result<()>;

    /// Copies the start of a buffer to `host`, filling it.
    ///
    /// # Shapes
    /// `from` as long as `host`.
    fn download(&self, from: &Self::Buffer, host: &mut [f32]) -> Result<()>;

    /// The values of a buffer that lies in the host's memory; [`values_of`] then copies nothing.
    fn view<'b>(&self, _buffer: &'b Self::Buffer) -> Option<&'b [f32]> {
        None
    }

    /// Copies the first `len` values.
    ///
    /// # Shapes
    /// `from` and `to` `len` values.
    fn copy(&self, len: usize, from: &Self::Buffer, to: &mut Self::Buffer) -> Result<()>;

    /// Waits until everything asked for so far is done; for timing, since a device works on after a call returns.
    ///
    /// # Errors
    /// The failure of any earlier operation.
    fn synchronize(&self) -> Result<()> {
        Ok(())
    }

    /// C = alpha·op(A)·op(B) + beta·C.
    ///
    /// 1. With beta = 0, C is never read: NaN in it does not spread.
    /// 2. With k = 0, C becomes beta·C.
    ///
    /// # Shapes
    /// op(A) m×k, op(B) k×n, C m×n; A and B are stored as [`Gemm`] says.
    fn gemm(&self, gemm: Gemm, a: &Self::Buffer, b: &Self::Buffer, c: &mut Self::Buffer) -> Result<()>;

    /// The patch matrix X of a batch of images.
    ///
    /// # Shapes
    /// Input (B, H, W, C); patches P×K, columns in the order (kh, kw, C).
    fn im2col(&self, of: &PatchMatrix, input: &Self::Buffer, patches: &mut Self::Buffer) -> Result<()>;

    /// `out[r]` = Σ_c x\[r, c\]².
    ///
    /// # Shapes
    /// x rows×cols; `out` rows.
    fn row_norms_squared(&self, dims: Dims, x: &Self::Buffer, out: &mut Self::Buffer) -> Result<()>;

    /// Turns dot products into similarities, in place.
    ///
    /// The squared norms are read only where the similarity needs them.
    ///
    /// # Shapes
    /// `patch_norms` P, `unit_norms` N, `dots` P×N.
    fn similarity(
        &self,
        similarity: Similarity,
        dims: Dims,
        patch_norms: &Self::Buffer,
        unit_norms: &Self::Buffer,
        dots: &mut Self::Buffer,
    ) -> Result<()>;

    /// y from u, less the thresholds if there are any.
    ///
    /// 1. [`Competition::of`] on s = u − b defines the result; ties go to the first index.
    /// 2. s is rounded to f32 before it is compared.
    ///
    /// # Shapes
    /// u and y P×N; thresholds N.
    fn compete(
        &self,
        competition: &Competition,
        dims: Dims,
        u: &Self::Buffer,
        thresholds: Option<&Self::Buffer>,
        y: &mut Self::Buffer,
    ) -> Result<()>;

    /// `out` = the formula at each element; its operands come in the order of their positions.
    ///
    /// Operands that the formula does not name are not read.
    ///
    /// # Shapes
    /// `out` rows×cols; each operand as its [`Spread`] says.
    ///
    /// # Errors
    /// [`crate::Error::Shape`] for an operand that is missing or too short, naming its position.
    fn map(
        &self,
        formula: &Formula,
        dims: Dims,
        operands: &[Operand<'_, Self>],
        out: &mut Self::Buffer,
    ) -> Result<()>;

    /// `target` = the formula at each element, whose operand 0 is the target's former value.
    ///
    /// `operands` begin with operand 1; those that the formula does not name are not read.
    ///
    /// # Shapes
    /// `target` rows×cols; each operand as its [`Spread`] says.
    ///
    /// # Errors
    /// As [`Self::map`].
    fn update(
        &self,
        formula: &Formula,
        dims: Dims,
        operands: &[Operand<'_, Self>],
        target: &mut Self::Buffer,
    ) -> Result<()>;

    /// `out[c]` = Σ_r x\[r, c\].
    ///
    /// # Shapes
    /// x rows×cols; `out` cols.
    fn column_sums(&self, dims: Dims, x: &Self::Buffer, out: &mut Self::Buffer) -> Result<()>;

    /// The layer's output before pooling; [`Output::of`] defines it.
    ///
    /// # Shapes
    /// u, y and `out` P×N; thresholds N.
    fn activate(
        &self,
        output: &Output,
        dims: Dims,
        u: &Self::Buffer,
        thresholds: Option<&Self::Buffer>,
        y: &Self::Buffer,
        out: &mut Self::Buffer,
    ) -> Result<()>;

    /// Pools a batch of images.
    ///
    /// # Shapes
    /// x (B, H, W, C); `out` (B, H', W', C).
    fn pool(&self, pool: &PoolBatch, x: &Self::Buffer, out: &mut Self::Buffer) -> Result<()>;

    /// Each row: less its mean, divided by (its standard deviation + epsilon), in place.
    ///
    /// The standard deviation divides by cols − 1 (PyTorch's `std`); a row of one value becomes zero.
    ///
    /// # Shapes
    /// x rows×cols.
    fn standardize_rows(&self, dims: Dims, epsilon: f32, x: &mut Self::Buffer) -> Result<()>;

    /// Sets x\[r, c\] = 0 for c > r.
    ///
    /// # Shapes
    /// x `size`×`size`.
    fn lower_triangle(&self, size: usize, x: &mut Self::Buffer) -> Result<()>;

    /// Divides each row by (its norm + epsilon).
    ///
    /// # Shapes
    /// x rows×cols.
    fn normalize_rows(&self, dims: Dims, epsilon: f32, x: &mut Self::Buffer) -> Result<()>;

    /// The adjoint of [`Self::im2col`]: adds every patch value to the input value that it was copied from.
    ///
    /// `input` is overwritten; what lay in a zero border is dropped.
    ///
    /// # Shapes
    /// Patches P×K; input (B, H, W, C).
    fn col2im(&self, of: &PatchMatrix, patches: &Self::Buffer, input: &mut Self::Buffer) -> Result<()> {
        adjoint::col2im(self, of, patches, input)
    }

    /// The gradient with respect to the input `x` of [`Self::pool`], from the one with respect to its output.
    ///
    /// A window's maximum passes its gradient to the first of the equal largest values.
    ///
    /// # Shapes
    /// x and ∂L/∂x (B, H, W, C); ∂L/∂output (B, H', W', C).
    fn pool_backward(
        &self,
        pool: &PoolBatch,
        x: &Self::Buffer,
        grad_output: &Self::Buffer,
        grad_input: &mut Self::Buffer,
    ) -> Result<()> {
        adjoint::pool_backward(self, pool, x, grad_output, grad_input)
    }

    /// Mean and variance of each column, the variance divided by the rows; both 0 without rows.
    ///
    /// # Shapes
    /// x rows×cols; mean and variance cols.
    fn column_moments(
        &self,
        dims: Dims,
        x: &Self::Buffer,
        mean: &mut Self::Buffer,
        variance: &mut Self::Buffer,
    ) -> Result<()> {
        columns::moments(self, dims, x, mean, variance)
    }

    /// `out[c]` = Σ_r x\[r, c\]·(y\[r, c\] − centre\[c\]).
    ///
    /// # Shapes
    /// x and y rows×cols; centre and `out` cols.
    fn column_products(
        &self,
        dims: Dims,
        x: &Self::Buffer,
        y: &Self::Buffer,
        centre: &Self::Buffer,
        out: &mut Self::Buffer,
    ) -> Result<()> {
        columns::products(self, dims, [x, y, centre], out)
    }

    /// y = (x − mean)·γ/√(variance + ε) + β, column by column.
    ///
    /// # Shapes
    /// x and y rows×cols; what `norm` holds, cols.
    fn batch_norm(
        &self,
        dims: Dims,
        x: &Self::Buffer,
        norm: ColumnNorm<'_, Self>,
        y: &mut Self::Buffer,
        workspace: &mut Workspace<Self>,
    ) -> Result<()> {
        batch_norm::forward(self, dims, x, norm, y, workspace)
    }

    /// The gradients of [`Self::batch_norm`] from ∂L/∂y.
    ///
    /// # Shapes
    /// x, ∂L/∂y and ∂L/∂x rows×cols; ∂L/∂γ and ∂L/∂β cols.
    fn batch_norm_backward(
        &self,
        dims: Dims,
        x: &Self::Buffer,
        norm: ColumnNorm<'_, Self>,
        gradients: NormGradients<'_, Self>,
        workspace: &mut Workspace<Self>,
    ) -> Result<()> {
        batch_norm::backward(self, dims, x, norm, gradients, workspace)
    }

    /// `out` = the next `len` numbers of a stream, uniform from 0 to below 1, as `rand` draws f32 from it.
    ///
    /// 1. The bits are the same on every backend, and the stream goes on behind them.
    /// 2. The provided one draws on the host.
    ///
    /// # Shapes
    /// `out` `len` values.
    fn uniform(&self, len: usize, stream: &mut Stream, out: &mut Self::Buffer) -> Result<()> {
        let drawn: Vec<f32> = (0..len).map(|_| stream.random()).collect();
        self.upload(&drawn, out)
    }

    /// Y = X Wᵀ + b over the patches X of a batch.
    ///
    /// # Shapes
    /// Input (B, H, W, C); W N×K; b N; output P×N.
    fn convolve(
        &self,
        convolution: &Convolution,
        input: &Self::Buffer,
        weights: &Self::Buffer,
        bias: Option<&Self::Buffer>,
        output: &mut Self::Buffer,
        workspace: &mut Workspace<Self>,
    ) -> Result<()> {
        convolution::forward(self, convolution, [input, weights], bias, output, workspace)
    }

    /// The gradients of [`Self::convolve`], from the one with respect to its output.
    ///
    /// # Shapes
    /// Input (B, H, W, C); W N×K; ∂L/∂Y P×N; the gradients as what they belong to.
    fn convolve_backward(
        &self,
        convolution: &Convolution,
        input: &Self::Buffer,
        weights: &Self::Buffer,
        grad_output: &Self::Buffer,
        gradients: Gradients<'_, Self>,
        workspace: &mut Workspace<Self>,
    ) -> Result<()> {
        convolution::backward(
            self,
            convolution,
            [input, weights, grad_output],
            gradients,
            workspace,
        )
    }

    /// The gradient of the mean over rows of −ln softmax(logits)\[label\], with respect to the logits.
    ///
    /// 1. A label is the number of its row's class; one that is no class leaves the result unspecified.
    /// 2. The provided one computes it on the host.
    ///
    /// # Shapes
    /// Logits and gradient rows×cols; labels rows.
    fn entropy_gradient(&self, logits: Logits<'_, Self>, gradient: &mut Self::Buffer) -> Result<()> {
        entropy::gradient(self, logits, gradient)
    }

    /// −ln softmax(logits)\[label\] of each row, and 1 if the first of its largest logits is the label's, else 0; as
    /// [`Self::entropy_gradient`].
    ///
    /// # Shapes
    /// Logits rows×cols; labels rows; scores rows×2.
    fn entropy_scores(&self, logits: Logits<'_, Self>, scores: &mut Self::Buffer) -> Result<()> {
        entropy::scores(self, logits, scores)
    }

    /// u and y of a batch; leaves the patches in [`Slot::Patches`].
    ///
    /// # Shapes
    /// Input (B, H, W, C); u and y P×N.
    fn respond(
        &self,
        input: PassInput<'_, Self>,
        u: &mut Self::Buffer,
        y: &mut Self::Buffer,
        workspace: &mut Workspace<Self>,
    ) -> Result<()> {
        pass::respond(self, input, u, y, workspace)
    }

    /// The sums of an update from u, y and the patches that [`Self::respond`] left behind.
    ///
    /// `sums` is overwritten with this batch's sums over patches.
    ///
    /// # Shapes
    /// u and y P×N; the sums as [`Sums`] has them.
    ///
    /// # Errors
    /// Those of the primitives.
    fn accumulate(
        &self,
        input: PassInput<'_, Self>,
        responses: Responses<'_, Self>,
        sums: &mut Sums<Self>,
        workspace: &mut Workspace<Self>,
    ) -> Result<()> {
        pass::accumulate(self, input, responses, sums, workspace)
    }

    /// One batch through a layer: the update's sums, the pooled output, or both.
    ///
    /// 1. `sums` is overwritten with this batch's sums over patches; nothing else is changed.
    /// 2. The output is that of the weights, thresholds and states given, not of the updated ones.
    /// 3. Backends override this with a fused pass; the provided one is its definition.
    /// 4. Outside the mask `sums.hebb` may hold any finite values: [`Self::contract`] leaves them out.
    ///
    /// # Shapes
    /// Input (B, H, W, C); output (B, H', W', N) after pooling; the sums as [`Sums`] has them.
    fn pass(
        &self,
        input: PassInput<'_, Self>,
        sums: Option<&mut Sums<Self>>,
        output: Option<&mut Self::Buffer>,
        workspace: &mut Workspace<Self>,
    ) -> Result<()> {
        pass::composed_pass(self, input, sums, output, workspace)
    }

    /// `out[0]` = the largest |x\[i\]| of the first `len` values; 0 if there are none.
    ///
    /// The provided one computes it on the host.
    ///
    /// # Shapes
    /// x `len` values; `out` one.
    fn largest_size(&self, len: usize, x: &Self::Buffer, out: &mut Self::Buffer) -> Result<()> {
        step::largest_size(self, len, x, out)
    }

    /// ΔW = scale·(Aᵀ X − C W) from the sums of a batch.
    ///
    /// 1. Outside the mask ΔW is zero.
    /// 2. The scale is [`crate::plan::Reduction::scale`]; the largest entry is that of ΔW inside the mask.
    ///
    /// # Shapes
    /// Weights, mask and ΔW N×K.
    fn contract(
        &self,
        contraction: Contraction<'_, Self>,
        weights: &Self::Buffer,
        delta: &mut Self::Buffer,
        workspace: &mut Workspace<Self>,
    ) -> Result<()> {
        step::contract(self, contraction, weights, delta, workspace)
    }

    /// W ← constraint(W + rate·ΔW), the rate of each unit as [`Step::unit_rate`] says.
    ///
    /// Weights that are zero where ΔW is zero stay zero, so that pruned weights do.
    ///
    /// # Shapes
    /// Weights and ΔW N×K.
    fn apply(
        &self,
        step: &Step,
        dims: Dims,
        delta: &Self::Buffer,
        weights: &mut Self::Buffer,
        workspace: &mut Workspace<Self>,
    ) -> Result<()> {
        step::apply(self, step, dims, delta, weights, workspace)
    }

    /// [`Self::contract`], then [`Self::apply`]: ΔW becomes that of the sums, and the weights those after the step.
    ///
    /// # Shapes
    /// Weights, mask and ΔW N×K.
    fn learn(
        &self,
        contraction: Contraction<'_, Self>,
        step: &Step,
        learned: Learned<'_, Self>,
        workspace: &mut Workspace<Self>,
    ) -> Result<()> {
        step::learn(self, contraction, step, learned, workspace)
    }
}
