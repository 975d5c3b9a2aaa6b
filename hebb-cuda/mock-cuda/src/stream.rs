//! Streams and events. Work is done when it is asked for, so waiting is checking handles.

use std::ffi::{c_int, c_uint};

use crate::Handle;
use crate::state::{call, check};
use crate::status::{INVALID_HANDLE, SUCCESS, Status};

/// `cuStreamCreate`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuStreamCreate(stream: *mut Handle, _flags: c_uint) -> Status {
    call("cuStreamCreate", |state| {
        let handle = state.new_handle();
        state.streams.insert(handle);
        // SAFETY: the caller passes a valid pointer.
        unsafe { *stream = handle as Handle };
        SUCCESS
    })
}

/// `cuStreamDestroy`.
#[unsafe(no_mangle)]
pub extern "C" fn cuStreamDestroy_v2(stream: Handle) -> Status {
    call("cuStreamDestroy", |state| {
        check(state.streams.remove(&(stream as usize)), INVALID_HANDLE)
    })
}

/// `cuStreamSynchronize`.
#[unsafe(no_mangle)]
pub extern "C" fn cuStreamSynchronize(stream: Handle) -> Status {
    call("cuStreamSynchronize", |state| {
        check(state.has_stream(stream as usize), INVALID_HANDLE)
    })
}

/// `cuStreamWaitEvent`.
#[unsafe(no_mangle)]
pub extern "C" fn cuStreamWaitEvent(stream: Handle, event: Handle, _flags: c_uint) -> Status {
    call("cuStreamWaitEvent", |state| {
        let known = state.has_stream(stream as usize) && state.events.contains(&(event as usize));
        check(known, INVALID_HANDLE)
    })
}

/// `cuEventCreate`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuEventCreate(event: *mut Handle, _flags: c_uint) -> Status {
    call("cuEventCreate", |state| {
        let handle = state.new_handle();
        state.events.insert(handle);
        // SAFETY: the caller passes a valid pointer.
        unsafe { *event = handle as Handle };
        SUCCESS
    })
}

/// `cuEventRecord`.
#[unsafe(no_mangle)]
pub extern "C" fn cuEventRecord(event: Handle, stream: Handle) -> Status {
    cuStreamWaitEvent(stream, event, 0)
}

/// `cuEventQuery`.
#[unsafe(no_mangle)]
pub extern "C" fn cuEventQuery(event: Handle) -> Status {
    call("cuEventQuery", |state| {
        check(state.events.contains(&(event as usize)), INVALID_HANDLE)
    })
}

/// `cuEventSynchronize`.
#[unsafe(no_mangle)]
pub extern "C" fn cuEventSynchronize(event: Handle) -> Status {
    cuEventQuery(event)
}

/// `cuEventElapsedTime`: nothing takes any time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuEventElapsedTime_v2(milliseconds: *mut f32, start: Handle, end: Handle) -> Status {
    call("cuEventElapsedTime", |state| {
        // SAFETY: the caller passes a valid pointer.
        unsafe { *milliseconds = 0.0 };
        let known = |event: Handle| state.events.contains(&(event as usize));
        check(known(start) && known(end), INVALID_HANDLE)
    })
}

/// `cuEventDestroy`.
#[unsafe(no_mangle)]
pub extern "C" fn cuEventDestroy_v2(event: Handle) -> Status {
    call("cuEventDestroy", |state| {
        check(state.events.remove(&(event as usize)), INVALID_HANDLE)
    })
}

/// `cuStreamIsCapturing`: never.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuStreamIsCapturing(stream: Handle, capturing: *mut c_int) -> Status {
    // SAFETY: the caller passes a valid pointer.
    unsafe { *capturing = 0 };
    cuStreamSynchronize(stream)
}
