//! Stand-in for libcublas: column-major products over the memory of the stand-in for libcuda.
//!
//! It refuses leading dimensions that are too small, and reports operands that leave their allocation or were never
//! written. Sums are accumulated in f32 in the order of the inner index; TF32 and bf16 round the operands first.
#![allow(
    non_snake_case,
    clippy::missing_safety_doc,
    reason = "the names and contracts of cuBLAS"
)]

mod driver;
mod matrix;

use std::ffi::{c_int, c_void};

use driver::hebb_mock_product;
use matrix::{GemmCall, InputRounding, Matrix};

/// An opaque pointer of cuBLAS.
pub type CublasHandle = *mut c_void;

/// `cublasStatus_t`.
pub type CublasStatus = c_int;

const SUCCESS: CublasStatus = 0;
const NOT_INITIALIZED: CublasStatus = 1;
const INVALID_VALUE: CublasStatus = 7;
const EXECUTION_FAILED: CublasStatus = 13;
const NOT_SUPPORTED: CublasStatus = 15;
/// `CUDA_R_32F`.
const R_32F: c_int = 0;

/// The state behind a handle.
#[derive(Default)]
struct Context {
    stream: usize,
}

/// The context behind a handle.
///
/// # Safety
/// The handle is null or came from `cublasCreate_v2` and was not destroyed.
unsafe fn context<'a>(handle: CublasHandle) -> Option<&'a mut Context> {
    // SAFETY: handles come from `cublasCreate_v2` alone, and calls on one handle do not overlap.
    unsafe { handle.cast::<Context>().as_mut() }
}

/// `cublasCreate`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cublasCreate_v2(handle: *mut CublasHandle) -> CublasStatus {
    // SAFETY: the caller passes a valid pointer.
    unsafe { *handle = Box::into_raw(Box::<Context>::default()).cast() };
    SUCCESS
}

/// `cublasDestroy`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cublasDestroy_v2(handle: CublasHandle) -> CublasStatus {
    if handle.is_null() {
        return NOT_INITIALIZED;
    }
    // SAFETY: the handle came from `cublasCreate_v2` and is not used again.
    drop(unsafe { Box::from_raw(handle.cast::<Context>()) });
    SUCCESS
}

/// `cublasSetStream`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cublasSetStream_v2(handle: CublasHandle, stream: CublasHandle) -> CublasStatus {
    // SAFETY: the caller's handle.
    let Some(context) = (unsafe { context(handle) }) else {
        return NOT_INITIALIZED;
    };
    context.stream = stream as usize;
    SUCCESS
}

/// `cublasGemmEx` for matrices of f32.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments, reason = "the signature of cuBLAS")]
pub unsafe extern "C" fn cublasGemmEx(
    handle: CublasHandle,
    transpose_a: c_int,
    transpose_b: c_int,
    m: c_int,
    n: c_int,
    k: c_int,
    alpha: *const f32,
    a: u64,
    type_a: c_int,
    lda: c_int,
    b: u64,
    type_b: c_int,
    ldb: c_int,
    beta: *const f32,
    c: u64,
    type_c: c_int,
    ldc: c_int,
    compute: c_int,
    _algorithm: c_int,
) -> CublasStatus {
    // SAFETY: the caller's handle, and its pointers to scalars on the host.
    let (context, alpha, beta) = unsafe { (context(handle), *alpha, *beta) };
    let Some(context) = context else {
        return NOT_INITIALIZED;
    };
    let all_f32 = [type_a, type_b, type_c] == [R_32F; 3];
    let Some(rounding) = InputRounding::of(compute).filter(|_| all_f32) else {
        return NOT_SUPPORTED;
    };
    // SAFETY: the stand-in of libcuda is loaded, and checks the stream.
    if unsafe { hebb_mock_product(context.stream, m, n, k) } == 0 {
        return INVALID_VALUE;
    }
    let a = Matrix::new(a, m, k, lda, transpose_a != 0, c"gemm A");
    let b = Matrix::new(b, k, n, ldb, transpose_b != 0, c"gemm B");
    let c = Matrix::new(c, m, n, ldc, false, c"gemm C");
    let (Some(a), Some(b), Some(c)) = (a, b, c) else {
        return INVALID_VALUE;
    };
    let product = GemmCall {
        a,
        b,
        c,
        alpha,
        beta,
        rounding,
    };
    product.run().map_or(EXECUTION_FAILED, |()| SUCCESS)
}
