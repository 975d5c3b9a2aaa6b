//! Streams and events. Work completes when it is queued, so waiting checks handles and records the order.

use std::ffi::{c_int, c_uint};

use crate::CudaHandle;
use crate::state::{DriverState, call, check};
use crate::status::{CudaStatus, INVALID_HANDLE, SUCCESS};

/// `cuStreamCreate`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuStreamCreate(stream: *mut CudaHandle, _flags: c_uint) -> CudaStatus {
    call("cuStreamCreate", |state| {
        let handle = state.new_handle();
        state.order.create_stream(handle);
        // SAFETY: the caller passes a valid pointer.
        unsafe { *stream = handle as CudaHandle };
        SUCCESS
    })
}

/// `cuStreamDestroy`.
#[unsafe(no_mangle)]
pub extern "C" fn cuStreamDestroy_v2(stream: CudaHandle) -> CudaStatus {
    call("cuStreamDestroy", |state| {
        check(state.order.destroy_stream(stream as usize), INVALID_HANDLE)
    })
}

/// `cuStreamSynchronize`.
#[unsafe(no_mangle)]
pub extern "C" fn cuStreamSynchronize(stream: CudaHandle) -> CudaStatus {
    call("cuStreamSynchronize", |state| {
        if !state.order.has_stream(stream as usize) {
            return INVALID_HANDLE;
        }
        state.order.synchronize_stream(stream as usize);
        SUCCESS
    })
}

/// `cuStreamWaitEvent`.
#[unsafe(no_mangle)]
pub extern "C" fn cuStreamWaitEvent(stream: CudaHandle, event: CudaHandle, _flags: c_uint) -> CudaStatus {
    call("cuStreamWaitEvent", |state| {
        if !known(state, stream, event) {
            return INVALID_HANDLE;
        }
        state.order.wait(stream as usize, event as usize);
        SUCCESS
    })
}

/// `cuEventCreate`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuEventCreate(event: *mut CudaHandle, _flags: c_uint) -> CudaStatus {
    call("cuEventCreate", |state| {
        let handle = state.new_handle();
        state.order.create_event(handle);
        // SAFETY: the caller passes a valid pointer.
        unsafe { *event = handle as CudaHandle };
        SUCCESS
    })
}

/// `cuEventRecord`.
#[unsafe(no_mangle)]
pub extern "C" fn cuEventRecord(event: CudaHandle, stream: CudaHandle) -> CudaStatus {
    call("cuEventRecord", |state| {
        if !known(state, stream, event) {
            return INVALID_HANDLE;
        }
        state.order.record(event as usize, stream as usize);
        SUCCESS
    })
}

fn known(state: &DriverState, stream: CudaHandle, event: CudaHandle) -> bool {
    state.order.has_stream(stream as usize) && state.order.has_event(event as usize)
}

/// `cuEventQuery`.
#[unsafe(no_mangle)]
pub extern "C" fn cuEventQuery(event: CudaHandle) -> CudaStatus {
    call("cuEventQuery", |state| {
        check(state.order.has_event(event as usize), INVALID_HANDLE)
    })
}

/// `cuEventSynchronize`.
#[unsafe(no_mangle)]
pub extern "C" fn cuEventSynchronize(event: CudaHandle) -> CudaStatus {
    call("cuEventSynchronize", |state| {
        if !state.order.has_event(event as usize) {
            return INVALID_HANDLE;
        }
        state.order.synchronize_event(event as usize);
        SUCCESS
    })
}

/// `cuEventElapsedTime`: nothing takes any time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuEventElapsedTime_v2(
    milliseconds: *mut f32,
    start: CudaHandle,
    end: CudaHandle,
) -> CudaStatus {
    call("cuEventElapsedTime", |state| {
        // SAFETY: the caller passes a valid pointer.
        unsafe { *milliseconds = 0.0 };
        let known = |event: CudaHandle| state.order.has_event(event as usize);
        check(known(start) && known(end), INVALID_HANDLE)
    })
}

/// `cuEventDestroy`.
#[unsafe(no_mangle)]
pub extern "C" fn cuEventDestroy_v2(event: CudaHandle) -> CudaStatus {
    call("cuEventDestroy", |state| {
        check(state.order.destroy_event(event as usize), INVALID_HANDLE)
    })
}

/// `cuStreamIsCapturing`: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuStreamIsCapturing(stream: CudaHandle, capturing: *mut c_int) -> CudaStatus {
    // SAFETY: the caller passes a valid pointer.
    unsafe { *capturing = 0 };
    cuStreamSynchronize(stream)
}
