//! Streams and events. Work is done when it is asked for, so waiting checks handles and notes the order.

use std::ffi::{c_int, c_uint};

use crate::Handle;
use crate::state::{State, call, check};
use crate::status::{INVALID_HANDLE, SUCCESS, Status};

/// `cuStreamCreate`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuStreamCreate(stream: *mut Handle, _flags: c_uint) -> Status {
    call("cuStreamCreate", |state| {
        let handle = state.new_handle();
        state.order.create_stream(handle);
        // SAFETY: the caller passes a valid pointer.
        unsafe { *stream = handle as Handle };
        SUCCESS
    })
}

/// `cuStreamDestroy`.
#[unsafe(no_mangle)]
pub extern "C" fn cuStreamDestroy_v2(stream: Handle) -> Status {
    call("cuStreamDestroy", |state| {
        check(state.order.destroy_stream(stream as usize), INVALID_HANDLE)
    })
}

/// `cuStreamSynchronize`.
#[unsafe(no_mangle)]
pub extern "C" fn cuStreamSynchronize(stream: Handle) -> Status {
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
pub extern "C" fn cuStreamWaitEvent(stream: Handle, event: Handle, _flags: c_uint) -> Status {
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
pub unsafe extern "C" fn cuEventCreate(event: *mut Handle, _flags: c_uint) -> Status {
    call("cuEventCreate", |state| {
        let handle = state.new_handle();
        state.order.create_event(handle);
        // SAFETY: the caller passes a valid pointer.
        unsafe { *event = handle as Handle };
        SUCCESS
    })
}

/// `cuEventRecord`.
#[unsafe(no_mangle)]
pub extern "C" fn cuEventRecord(event: Handle, stream: Handle) -> Status {
    call("cuEventRecord", |state| {
        if !known(state, stream, event) {
            return INVALID_HANDLE;
        }
        state.order.record(event as usize, stream as usize);
        SUCCESS
    })
}

fn known(state: &State, stream: Handle, event: Handle) -> bool {
    state.order.has_stream(stream as usize) && state.order.has_event(event as usize)
}

/// `cuEventQuery`.
#[unsafe(no_mangle)]
pub extern "C" fn cuEventQuery(event: Handle) -> Status {
    call("cuEventQuery", |state| {
        check(state.order.has_event(event as usize), INVALID_HANDLE)
    })
}

/// `cuEventSynchronize`.
#[unsafe(no_mangle)]
pub extern "C" fn cuEventSynchronize(event: Handle) -> Status {
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
pub unsafe extern "C" fn cuEventElapsedTime_v2(milliseconds: *mut f32, start: Handle, end: Handle) -> Status {
    call("cuEventElapsedTime", |state| {
        // SAFETY: the caller passes a valid pointer.
        unsafe { *milliseconds = 0.0 };
        let known = |event: Handle| state.order.has_event(event as usize);
        check(known(start) && known(end), INVALID_HANDLE)
    })
}

/// `cuEventDestroy`.
#[unsafe(no_mangle)]
pub extern "C" fn cuEventDestroy_v2(event: Handle) -> Status {
    call("cuEventDestroy", |state| {
        check(state.order.destroy_event(event as usize), INVALID_HANDLE)
    })
}

/// `cuStreamIsCapturing`: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuStreamIsCapturing(stream: Handle, capturing: *mut c_int) -> Status {
    // SAFETY: the caller passes a valid pointer.
    unsafe { *capturing = 0 };
    cuStreamSynchronize(stream)
}
