//! The one trait that a backend implements: a small set of required primitives, and whole layers built on them.

mod adjoint;
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

pub use batch_norm::{ColumnNorm, NORM_EPSILON, NormGradients};
pub use convolution::{Convolution, Gradients};
pub(crate) use entropy::{RowLoss, first_largest};
pub use host::{buffer_of, host_of, values_of};
pub use matrix::{Dims, Gemm};
pub use operand::{Operand, Spread, check_operands};
pub use operands::{Contraction, Operands, PassInput, Responses, Sums};
pub use pass::composed_pass;
pub use plan::LayerPlan;
pub(crate) use step::apply_constraint;
pub use step::{Learned, Step};
pub use workspace::{Slot, Workspace};

use crate::error::Result;
use crate::formula::Formula;
use crate::geometry::{ConvGeometry, ImageShape};
use crate::plan::{Competition, Output, Pool, PoolKind, Similarity};
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
    fn upload(&self, host: &[f32], to: &mut Self::Buffer) -> Result<()>;

    /// Copies the start of a buffer to `host`, filling it.
    fn download(&self, from: &Self::Buffer, host: &mut [f32]) -> Result<()>;

    /// The values of a buffer that lies in the host's memory; [`values_of`] then copies nothing.
    fn view<'b>(&self, _buffer: &'b Self::Buffer) -> Option<&'b [f32]> {
        None
    }

    /// Copies the first `len` values.
    fn copy(&self, len: usize, from: &Self::Buffer, to: &mut Self::Buffer) -> Result<()>;

    /// Waits until everything asked for so far is done; for timing, since a device works on after a call returns.
    ///
    /// # Errors
    /// The failure of any earlier operation.
    fn synchronize(&self) -> Result<()> {
        Ok(())
    }

    /// C = alpha·op(A)·op(B) + beta·C, with op(A) m×k, op(B) k×n and C m×n.
    ///
    /// 1. With beta = 0, C is never read: NaN in it does not spread.
    /// 2. With k = 0, C becomes beta·C.
    fn gemm(&self, gemm: Gemm, a: &Self::Buffer, b: &Self::Buffer, c: &mut Self::Buffer) -> Result<()>;

    /// The patch matrix X: (images·positions)×K, columns in the order (kh, kw, C).
    fn im2col(
        &self,
        conv: &ConvGeometry,
        images: usize,
        input: &Self::Buffer,
        patches: &mut Self::Buffer,
    ) -> Result<()>;

    /// `out[r]` = Σ_c x\[r, c\]².
    fn row_norms_squared(&self, dims: Dims, x: &Self::Buffer, out: &mut Self::Buffer) -> Result<()>;

    /// Turns dot products (P×N) into similarities, in place.
    ///
    /// `patch_norms` (P) and `unit_norms` (N) hold squared norms and are read only where the similarity needs them.
    fn similarity(
        &self,
        similarity: Similarity,
        dims: Dims,
        patch_norms: &Self::Buffer,
        unit_norms: &Self::Buffer,
        dots: &mut Self::Buffer,
    ) -> Result<()>;

    /// y (P×N) from u (P×N) and thresholds (N); without thresholds they count as zero.
    ///
    /// 1. [`Competition::of`] on s = u − b defines the result; ties go to the first index.
    /// 2. s is rounded to f32 before it is compared.
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
    fn column_sums(&self, dims: Dims, x: &Self::Buffer, out: &mut Self::Buffer) -> Result<()>;

    /// The layer's output (P×N) before pooling; [`Output::of`] defines it.
    fn activate(
        &self,
        output: &Output,
        dims: Dims,
        u: &Self::Buffer,
        thresholds: Option<&Self::Buffer>,
        y: &Self::Buffer,
        out: &mut Self::Buffer,
    ) -> Result<()>;

    /// Pools (B, H, W, C) images of shape `input`.
    fn pool(
        &self,
        pool: &Pool,
        images: usize,
        input: ImageShape,
        x: &Self::Buffer,
        out: &mut Self::Buffer,
    ) -> Result<()>;

    /// Each row: less its mean, divided by (its standard deviation + epsilon), in place.
    ///
    /// The standard deviation divides by cols − 1 (PyTorch's `std`); a row of one value becomes zero.
    fn standardize_rows(&self, dims: Dims, epsilon: f32, x: &mut Self::Buffer) -> Result<()>;

    /// Sets x\[r, c\] = 0 for c > r in a `size`×`size` matrix.
    fn lower_triangle(&self, size: usize, x: &mut Self::Buffer) -> Result<()>;

    /// Divides each row by (its norm + epsilon).
    fn normalize_rows(&self, dims: Dims, epsilon: f32, x: &mut Self::Buffer) -> Result<()>;

    /// The adjoint of [`Self::im2col`]: adds every patch value to the input value that it was copied from.
    ///
    /// `input` (images of the convolution's input shape) is overwritten; what lay in a zero border is dropped.
    fn col2im(
        &self,
        conv: &ConvGeometry,
        images: usize,
        patches: &Self::Buffer,
        input: &mut Self::Buffer,
    ) -> Result<()> {
        adjoint::col2im(self, conv, images, patches, input)
    }

    /// The gradient with respect to the input `x` of [`Self::pool`], from the one with respect to its output.
    ///
    /// A window's maximum passes its gradient to the first of the equal largest values.
    fn pool_backward(
        &self,
        pool: &Pool,
        images: usize,
        input: ImageShape,
        x: &Self::Buffer,
        grad_output: &Self::Buffer,
        grad_input: &mut Self::Buffer,
    ) -> Result<()> {
        let grad_output = host_of(self, grad_output, images * pool.output(input)?.len())?;
        let x = match pool.kind {
            PoolKind::Average => Vec::new(),
            PoolKind::Max => host_of(self, x, images * input.len())?,
        };
        self.upload(
            &adjoint::pool_backward(pool, input, &x, &grad_output)?,
            grad_input,
        )
    }

    /// Mean and variance of each column, the variance divided by the rows; both 0 without rows.
    fn column_moments(
        &self,
        dims: Dims,
        x: &Self::Buffer,
        mean: &mut Self::Buffer,
        variance: &mut Self::Buffer,
        workspace: &mut Workspace<Self>,
    ) -> Result<()> {
        columns::moments(self, dims, x, mean, variance, workspace)
    }

    /// `out[c]` = Σ_r x\[r, c\]·(y\[r, c\] − centre\[c\]).
    fn column_products(
        &self,
        dims: Dims,
        x: &Self::Buffer,
        y: &Self::Buffer,
        centre: &Self::Buffer,
        out: &mut Self::Buffer,
        workspace: &mut Workspace<Self>,
    ) -> Result<()> {
        columns::products(self, dims, [x, y, centre], out, workspace)
    }

    /// y = (x − mean)·γ/√(variance + ε) + β, column by column.
    ///
    /// # Shapes
    /// x and y rows×cols.
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
    fn uniform(&self, len: usize, stream: &mut Stream, out: &mut Self::Buffer) -> Result<()> {
        let drawn: Vec<f32> = (0..len).map(|_| stream.random()).collect();
        self.upload(&drawn, out)
    }

    /// Y (P×N) = X Wᵀ + b over the patches X of a batch, with W (N×K) and b (N).
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

    /// `gradient` (rows×cols) = that of the mean over rows of −ln softmax(logits)\[label\], with respect to the logits.
    ///
    /// 1. `labels` (rows) holds the number of each row's class; one that is no class leaves the result unspecified.
    /// 2. The provided one computes it on the host.
    fn entropy_gradient(
        &self,
        dims: Dims,
        logits: &Self::Buffer,
        labels: &Self::Buffer,
        gradient: &mut Self::Buffer,
    ) -> Result<()> {
        entropy::gradient(self, dims, logits, labels, gradient)
    }

    /// `scores` (rows×2) = −ln softmax(logits)\[label\] of each row, and 1 if the first of its largest logits is the label's,
    /// else 0; as [`Self::entropy_gradient`].
    fn entropy_scores(
        &self,
        dims: Dims,
        logits: &Self::Buffer,
        labels: &Self::Buffer,
        scores: &mut Self::Buffer,
    ) -> Result<()> {
        entropy::scores(self, dims, logits, labels, scores)
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
        let Learned { weights, delta } = learned;
        self.contract(contraction, weights, delta, workspace)?;
        let plan = contraction.plan;
        let dims = Dims::new(plan.units, plan.geometry.patch_len());
        self.apply(step, dims, delta, weights, workspace)
    }
}
