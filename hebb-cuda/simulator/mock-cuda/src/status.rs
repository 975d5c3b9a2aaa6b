//! Result codes of the driver API.

use std::ffi::{CStr, c_char, c_int};

/// `CUresult`.
pub type CudaStatus = c_int;

pub(crate) const SUCCESS: CudaStatus = 0;
pub(crate) const INVALID_VALUE: CudaStatus = 1;
pub(crate) const OUT_OF_MEMORY: CudaStatus = 2;
pub(crate) const INVALID_DEVICE: CudaStatus = 101;
pub(crate) const INVALID_CONTEXT: CudaStatus = 201;
pub(crate) const NO_BINARY_FOR_GPU: CudaStatus = 209;
pub(crate) const INVALID_PTX: CudaStatus = 218;
pub(crate) const INVALID_HANDLE: CudaStatus = 400;
pub(crate) const NOT_FOUND: CudaStatus = 500;
pub(crate) const ILLEGAL_ADDRESS: CudaStatus = 700;

fn name(status: CudaStatus) -> &'static CStr {
    match status {
        SUCCESS => c"CUDA_SUCCESS",
        INVALID_VALUE => c"CUDA_ERROR_INVALID_VALUE",
        OUT_OF_MEMORY => c"CUDA_ERROR_OUT_OF_MEMORY",
        INVALID_DEVICE => c"CUDA_ERROR_INVALID_DEVICE",
        INVALID_CONTEXT => c"CUDA_ERROR_INVALID_CONTEXT",
        NO_BINARY_FOR_GPU => c"CUDA_ERROR_NO_BINARY_FOR_GPU",
        INVALID_PTX => c"CUDA_ERROR_INVALID_PTX",
        INVALID_HANDLE => c"CUDA_ERROR_INVALID_HANDLE",
        NOT_FOUND => c"CUDA_ERROR_NOT_FOUND",
        ILLEGAL_ADDRESS => c"CUDA_ERROR_ILLEGAL_ADDRESS",
        _ => c"CUDA_ERROR_UNKNOWN",
    }
}

/// `cuGetErrorName`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuGetErrorName(status: CudaStatus, text: *mut *const c_char) -> CudaStatus {
    // SAFETY: the caller passes a valid pointer; the text is static.
    unsafe { *text = name(status).as_ptr() };
    SUCCESS
}

/// `cuGetErrorString`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuGetErrorString(status: CudaStatus, text: *mut *const c_char) -> CudaStatus {
    // SAFETY: as for `cuGetErrorName`.
    unsafe { cuGetErrorName(status, text) }
}
