//! Allocations, copies, fills and the memory pool.

use std::ffi::{c_int, c_uint, c_void};

use hebb_ptxsim::MemoryError;

use crate::CudaHandle;
use crate::order::StreamAccess;
use crate::state::{DriverState, call, check};
use crate::status::{CudaStatus, INVALID_HANDLE, INVALID_VALUE, OUT_OF_MEMORY, SUCCESS};

/// The default memory pool of the device.
const POOL: usize = 0x99;

/// `cuMemAlloc`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemAlloc_v2(address: *mut u64, bytes: usize) -> CudaStatus {
    // SAFETY: the caller's pointer is passed on.
    unsafe { cuMemAllocAsync(address, bytes, std::ptr::null_mut()) }
}

/// `cuMemAllocAsync`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemAllocAsync(address: *mut u64, bytes: usize, stream: CudaHandle) -> CudaStatus {
    call("cuMemAlloc", |state| {
        if !state.order.has_stream(stream as usize) {
            return INVALID_HANDLE;
        }
        if bytes == 0 {
            return state.complain(INVALID_VALUE, "cuMemAlloc: 0 bytes".to_owned());
        }
        let live = state.counts.live_bytes + bytes as u64;
        if state.memory_limit.is_some_and(|limit| live > limit as u64) {
            return OUT_OF_MEMORY;
        }
        let counts = &mut state.counts;
        counts.allocations += 1;
        counts.live_allocations += 1;
        counts.live_bytes = live;
        counts.peak_bytes = counts.peak_bytes.max(live);
        let allocated = state.device.allocate(bytes);
        state.order.allocate(allocated, bytes);
        // SAFETY: the caller passes a valid pointer.
        unsafe { *address = allocated };
        SUCCESS
    })
}

/// `cuMemFree`.
#[unsafe(no_mangle)]
pub extern "C" fn cuMemFree_v2(address: u64) -> CudaStatus {
    call("cuMemFree", |state| match state.device.free(address) {
        Ok(bytes) => {
            state.counts.live_allocations -= 1;
            state.counts.live_bytes -= bytes as u64;
            state.order.free(address);
            SUCCESS
        }
        Err(error) => complain(state, "cuMemFree", &error),
    })
}

/// `cuMemFreeAsync`.
#[unsafe(no_mangle)]
pub extern "C" fn cuMemFreeAsync(address: u64, _stream: CudaHandle) -> CudaStatus {
    cuMemFree_v2(address)
}

/// `cuMemHostAlloc`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemHostAlloc(to: *mut *mut c_void, bytes: usize, _flags: c_uint) -> CudaStatus {
    call("cuMemHostAlloc", |state| {
        // As aligned as f32 asks for, and more than that.
        let mut memory = vec![0u64; bytes.div_ceil(8)].into_boxed_slice();
        let address = memory.as_mut_ptr();
        state.order.allocate(address as u64, bytes);
        state.pinned.insert(address as u64, memory);
        // SAFETY: the caller passes a valid pointer.
        unsafe { *to = address.cast() };
        SUCCESS
    })
}

/// `cuMemFreeHost`.
#[unsafe(no_mangle)]
pub extern "C" fn cuMemFreeHost(memory: *mut c_void) -> CudaStatus {
    call("cuMemFreeHost", |state| {
        let address = memory as u64;
        if !state.order.host_may_write(address) {
            let text = "cuMemFreeHost: a copy from the memory has not been waited for";
            state.complaints.push(text.to_owned());
        }
        state.order.free(address);
        check(state.pinned.remove(&address).is_some(), INVALID_VALUE)
    })
}

/// `cuMemcpyHtoDAsync`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemcpyHtoDAsync_v2(
    to: u64,
    from: *const u8,
    bytes: usize,
    stream: CudaHandle,
) -> CudaStatus {
    transfer("cuMemcpyHtoD", bytes, stream, |state, beside| {
        state.counts.copies_up += 1;
        state.counts.bytes_up += bytes as u64;
        state.trace.push(format!("copy up {bytes}"));
        state.touch("cuMemcpyHtoD", stream as usize, to, StreamAccess::Write);
        let pinned = state.pinned.contains_key(&(from as u64));
        state.counts.copies_beside += u64::from(pinned && beside);
        if pinned && !state.order.host_may_write(from as u64) {
            let text = "cuMemcpyHtoD: pinned memory is used again before its last copy was waited for";
            state.complaints.push(text.to_owned());
        }
        state.touch("cuMemcpyHtoD", stream as usize, from as u64, StreamAccess::Read);
        // SAFETY: the caller passes `bytes` readable bytes.
        let from = unsafe { std::slice::from_raw_parts(from, bytes) };
        state.device.write(to, from)
    })
}

/// `cuMemcpyDtoHAsync`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuMemcpyDtoHAsync_v2(
    to: *mut u8,
    from: u64,
    bytes: usize,
    stream: CudaHandle,
) -> CudaStatus {
    transfer("cuMemcpyDtoH", bytes, stream, |state, _| {
        state.counts.copies_down += 1;
        state.counts.bytes_down += bytes as u64;
        state.trace.push(format!("copy down {bytes}"));
        state.touch("cuMemcpyDtoH", stream as usize, from, StreamAccess::Read);
        let read = read(state, from, bytes, "cuMemcpyDtoH")?;
        // SAFETY: the caller passes room for `bytes`.
        unsafe { std::ptr::copy_nonoverlapping(read.as_ptr(), to, bytes) };
        Ok(())
    })
}

/// `cuMemcpyDtoDAsync`.
#[unsafe(no_mangle)]
pub extern "C" fn cuMemcpyDtoDAsync_v2(to: u64, from: u64, bytes: usize, stream: CudaHandle) -> CudaStatus {
    transfer("cuMemcpyDtoD", bytes, stream, |state, _| {
        state.counts.copies_within += 1;
        state.counts.bytes_within += bytes as u64;
        state.trace.push(format!("copy within {bytes}"));
        state.touch("cuMemcpyDtoD", stream as usize, from, StreamAccess::Read);
        state.touch("cuMemcpyDtoD", stream as usize, to, StreamAccess::Write);
        let read = read(state, from, bytes, "cuMemcpyDtoD")?;
        state.device.write(to, &read)
    })
}

/// `cuMemsetD8Async`.
#[unsafe(no_mangle)]
pub extern "C" fn cuMemsetD8Async(to: u64, value: u8, bytes: usize, stream: CudaHandle) -> CudaStatus {
    transfer("cuMemsetD8", bytes, stream, |state, _| {
        state.touch("cuMemsetD8", stream as usize, to, StreamAccess::Write);
        state.counts.fills += 1;
        state.trace.push(format!("fill {bytes}"));
        state.device.write(to, &vec![value; bytes])
    })
}

/// `cuDeviceGetDefaultMemPool`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuDeviceGetDefaultMemPool(pool: *mut CudaHandle, _device: c_int) -> CudaStatus {
    // SAFETY: the caller passes a valid pointer.
    unsafe { *pool = POOL as CudaHandle };
    SUCCESS
}

/// `cuMemPoolSetAttribute`: accepted for the default pool, without effect.
#[unsafe(no_mangle)]
pub extern "C" fn cuMemPoolSetAttribute(
    pool: CudaHandle,
    _attribute: c_int,
    _value: *mut c_void,
) -> CudaStatus {
    check(pool as usize == POOL, INVALID_HANDLE)
}

/// Runs `body` as a copy or fill. Its second argument is true if another stream can be running at the same time.
fn transfer(
    name: &str,
    bytes: usize,
    stream: CudaHandle,
    body: impl FnOnce(&mut DriverState, bool) -> Result<(), MemoryError>,
) -> CudaStatus {
    call(name, |state| {
        if !state.order.has_stream(stream as usize) {
            return INVALID_HANDLE;
        }
        if bytes == 0 {
            return SUCCESS;
        }
        let beside = state.order.begin(stream as usize);
        match body(state, beside) {
            Ok(()) => SUCCESS,
            Err(error) => complain(state, name, &error),
        }
    })
}

fn read(state: &mut DriverState, from: u64, bytes: usize, who: &str) -> Result<Vec<u8>, MemoryError> {
    let read = state.device.read(from, bytes)?;
    if !read.initialised {
        state
            .complaints
            .push(format!("{who}: reads uninitialised device memory"));
    }
    Ok(read.bytes)
}

fn complain(state: &mut DriverState, who: &str, error: &MemoryError) -> CudaStatus {
    state.complain(INVALID_VALUE, format!("{who}: {error}"))
}
