//! Matrix products by cuBLAS.

use std::ffi::c_void;
use std::sync::{Arc, Mutex, PoisonError};

use cudarc::cublas::result;
use cudarc::cublas::sys::{self, cublasComputeType_t, cublasGemmAlgo_t, cublasOperation_t, cudaDataType};
use cudarc::driver::{CudaStream, DevicePtr, DevicePtrMut};
use hebb_core::backend::Gemm;

use super::failure::Doing;
use crate::buffer::CudaBuffer;
use crate::error::CudaError;
use crate::options::Precision;

/// A cuBLAS handle on the backend's stream.
#[derive(Debug)]
pub(crate) struct Products {
    handle: Mutex<Handle>,
    compute: cublasComputeType_t,
    /// The stream that the handle works on.
    stream: Arc<CudaStream>,
}

#[derive(Debug)]
struct Handle(sys::cublasHandle_t);

// SAFETY: a cuBLAS handle may be used from any thread, by one at a time; the mutex sees to that.
unsafe impl Send for Handle {}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the handle is ours and not used again. A context that has failed cannot be helped here.
        let _ = unsafe { result::destroy_handle(self.0) };
    }
}

impl Products {
    pub(super) fn new(stream: &Arc<CudaStream>, precision: Precision) -> Result<Self, CudaError> {
        let handle = Handle(result::create_handle().doing("starting cuBLAS")?);
        // SAFETY: handle and stream are live, and the stream is kept alive beside the handle.
        let set = unsafe { result::set_stream(handle.0, stream.cu_stream().cast()) };
        set.doing("setting the stream of cuBLAS")?;
        Ok(Self {
            handle: Mutex::new(handle),
            compute: match precision {
                Precision::F32 => cublasComputeType_t::CUBLAS_COMPUTE_32F,
                Precision::Tf32 => cublasComputeType_t::CUBLAS_COMPUTE_32F_FAST_TF32,
                Precision::Bf16 => cublasComputeType_t::CUBLAS_COMPUTE_32F_FAST_16BF,
            },
            stream: Arc::clone(stream),
        })
    }

    /// C (m×n) = alpha·op(A)·op(B) + beta·C in row-major order; lengths have been checked and no size is zero.
    ///
    /// cuBLAS is column-major, so the call computes Cᵀ = op(B)ᵀ·op(A)ᵀ.
    pub(crate) fn run(
        &self,
        gemm: Gemm,
        a: &CudaBuffer,
        b: &CudaBuffer,
        c: &mut CudaBuffer,
    ) -> Result<(), CudaError> {
        let [m, n, k] = [int(gemm.m)?, int(gemm.n)?, int(gemm.k)?];
        // Rows of A and B as stored, hence their leading dimensions.
        let stored_a = if gemm.transpose_a { m } else { k };
        let stored_b = if gemm.transpose_b { k } else { n };
        let stream = &self.stream;
        let (a, _a) = a.values.device_ptr(stream);
        let (b, _b) = b.values.device_ptr(stream);
        let (c, _c) = c.values.device_ptr_mut(stream);
        let handle = self.handle.lock().unwrap_or_else(PoisonError::into_inner);
        let (op_a, op_b) = (operation(gemm.transpose_a), operation(gemm.transpose_b));
        let (alpha, beta) = (&raw const gemm.alpha, &raw const gemm.beta);
        let f32 = cudaDataType::CUDA_R_32F;
        stream.context().bind_to_thread().doing("binding the context")?;
        // SAFETY: the caller has checked that the buffers hold m·k, k·n and m·n values; C is borrowed mutably and
        // overlaps neither A nor B; the scalars live on the host, as a new handle expects, and are f32, as the types of
        // computation here ask for.
        let done = unsafe {
            result::gemm_ex(
                handle.0,
                op_b,
                op_a,
                n,
                m,
                k,
                alpha.cast(),
                b as *const c_void,
                f32,
                stored_b,
                a as *const c_void,
                f32,
                stored_a,
                beta.cast(),
                c as *mut c_void,
                f32,
                n,
                self.compute,
                cublasGemmAlgo_t::CUBLAS_GEMM_DEFAULT,
            )
        };
        done.doing("multiplying matrices")
    }
}

fn operation(transpose: bool) -> cublasOperation_t {
    if transpose {
        cublasOperation_t::CUBLAS_OP_T
    } else {
        cublasOperation_t::CUBLAS_OP_N
    }
}

fn int(size: usize) -> Result<i32, CudaError> {
    i32::try_from(size).map_err(|_| CudaError::TooLarge {
        what: "a side of a matrix product",
        len: size,
        limit: i32::MAX as usize,
    })
}
