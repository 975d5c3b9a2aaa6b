//! Initialisation, the device and its context.

use std::ffi::{c_char, c_int, c_uint};

use crate::CudaHandle;
use crate::state::{bind, call, context, with};
use crate::status::{CudaStatus, INVALID_DEVICE, SUCCESS};

/// The one context.
const PRIMARY: usize = 0x77;
const MEMORY: usize = 8 << 30;

/// `cuInit`.
#[unsafe(no_mangle)]
pub extern "C" fn cuInit(_flags: c_uint) -> CudaStatus {
    SUCCESS
}

/// `cuDriverGetVersion`: 12.8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDriverGetVersion(version: *mut c_int) -> CudaStatus {
    // SAFETY: the caller passes a valid pointer, here and below.
    unsafe { *version = 12_080 };
    SUCCESS
}

/// `cuDeviceGetCount`: one device.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDeviceGetCount(count: *mut c_int) -> CudaStatus {
    // SAFETY: see `cuDriverGetVersion`.
    unsafe { *count = 1 };
    SUCCESS
}

/// `cuDeviceGet`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDeviceGet(device: *mut c_int, ordinal: c_int) -> CudaStatus {
    if ordinal != 0 {
        return INVALID_DEVICE;
    }
    // SAFETY: see `cuDriverGetVersion`.
    unsafe { *device = ordinal };
    SUCCESS
}

/// `cuDeviceGetName`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDeviceGetName(name: *mut c_char, length: c_int, _device: c_int) -> CudaStatus {
    let text = c"PTX interpreter".to_bytes_with_nul();
    let count = text.len().min(length as usize);
    // SAFETY: the caller passes room for `length` characters.
    unsafe { std::ptr::copy_nonoverlapping(text.as_ptr().cast(), name, count) };
    SUCCESS
}

/// `cuDeviceTotalMem`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDeviceTotalMem_v2(bytes: *mut usize, _device: c_int) -> CudaStatus {
    // SAFETY: see `cuDriverGetVersion`.
    unsafe { *bytes = MEMORY };
    SUCCESS
}

/// `cuMemGetInfo`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemGetInfo_v2(free: *mut usize, total: *mut usize) -> CudaStatus {
    let used = with(|state| state.counts.live_bytes) as usize;
    // SAFETY: see `cuDriverGetVersion`.
    unsafe { (*free, *total) = (MEMORY - used, MEMORY) };
    SUCCESS
}

/// `cuDeviceGetAttribute`: a device of compute capability 8.0 with memory pools.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDeviceGetAttribute(
    value: *mut c_int,
    attribute: c_int,
    _device: c_int,
) -> CudaStatus {
    let answer = match attribute {
        1 => 1024,    // MAX_THREADS_PER_BLOCK
        8 => 49_152,  // MAX_SHARED_MEMORY_PER_BLOCK
        10 => 32,     // WARP_SIZE
        12 => 65_536, // MAX_REGISTERS_PER_BLOCK
        16 => 4,      // MULTIPROCESSOR_COUNT
        75 => 8,      // COMPUTE_CAPABILITY_MAJOR
        76 => 0,      // COMPUTE_CAPABILITY_MINOR
        115 => 1,     // MEMORY_POOLS_SUPPORTED
        _ => 0,
    };
    // SAFETY: see `cuDriverGetVersion`.
    unsafe { *value = answer };
    SUCCESS
}

/// `cuDevicePrimaryCtxRetain`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDevicePrimaryCtxRetain(context: *mut CudaHandle, _device: c_int) -> CudaStatus {
    // SAFETY: see `cuDriverGetVersion`.
    unsafe { *context = PRIMARY as CudaHandle };
    SUCCESS
}

/// `cuDevicePrimaryCtxRelease`.
#[unsafe(no_mangle)]
pub extern "C" fn cuDevicePrimaryCtxRelease_v2(_device: c_int) -> CudaStatus {
    SUCCESS
}

/// `cuCtxSetCurrent`.
#[unsafe(no_mangle)]
pub extern "C" fn cuCtxSetCurrent(context: CudaHandle) -> CudaStatus {
    bind(context as usize);
    SUCCESS
}

/// `cuCtxGetCurrent`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuCtxGetCurrent(current: *mut CudaHandle) -> CudaStatus {
    // SAFETY: see `cuDriverGetVersion`.
    unsafe { *current = context() as CudaHandle };
    SUCCESS
}

/// `cuCtxSynchronize`.
#[unsafe(no_mangle)]
pub extern "C" fn cuCtxSynchronize() -> CudaStatus {
    call("cuCtxSynchronize", |_| SUCCESS)
}
