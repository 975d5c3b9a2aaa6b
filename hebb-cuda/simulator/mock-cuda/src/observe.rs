//! Entry points for tests and for the stand-in of cuBLAS; they are not part of the driver API.

use std::ffi::{CStr, c_char, c_int};

use crate::counts::Counts;
use crate::order::StreamAccess;
use crate::state::with;
use crate::status::{CudaStatus, INVALID_VALUE, SUCCESS};

/// Writes the counts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hebb_mock_counts(counts: *mut Counts) {
    let now = with(|state| Counts {
        live_streams: state.order.streams() as u64,
        live_events: state.order.events() as u64,
        live_pinned: state.pinned.len() as u64,
        live_modules: state.modules.len() as u64,
        instructions: state.device.instructions() - state.counts.instructions,
        ..state.counts
    });
    // SAFETY: the caller passes a valid pointer.
    unsafe { *counts = now };
}

/// Resets the counts and the trace; live figures stay.
#[unsafe(no_mangle)]
pub extern "C" fn hebb_mock_reset() {
    with(|state| {
        let Counts {
            live_allocations,
            live_bytes,
            ..
        } = state.counts;
        let instructions = state.device.instructions();
        state.counts = Counts {
            live_allocations,
            live_bytes,
            peak_bytes: live_bytes,
            instructions,
            ..Counts::default()
        };
        state.trace.clear();
    });
}

/// Limits the live bytes; 0 removes the limit.
#[unsafe(no_mangle)]
pub extern "C" fn hebb_mock_limit_memory(bytes: usize) {
    with(|state| state.memory_limit = (bytes > 0).then_some(bytes));
}

/// Writes the reports, one per line, and clears them; a broken context works again. Returns the length of the text in
/// bytes: if it exceeds `capacity`, nothing is written or cleared.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hebb_mock_take_reports(buffer: *mut u8, capacity: usize) -> usize {
    with(|state| {
        let found: Vec<String> = state
            .device
            .take_defects()
            .iter()
            .map(ToString::to_string)
            .collect();
        state.complaints.extend(found);
        // SAFETY: the caller passes `capacity` writable bytes.
        let (length, written) = unsafe { write(&state.complaints, buffer, capacity) };
        if written {
            state.complaints.clear();
            state.broken = None;
        }
        length
    })
}

/// Writes one line for each launch, copy and product since the reset, as [`hebb_mock_take_reports`] does.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hebb_mock_take_trace(buffer: *mut u8, capacity: usize) -> usize {
    with(|state| {
        // SAFETY: as above.
        let (length, written) = unsafe { write(&state.trace, buffer, capacity) };
        if written {
            state.trace.clear();
        }
        length
    })
}

/// Writes the lines if they fit. Returns their length, and true if they were written.
///
/// # Safety
/// `capacity` bytes can be written at `buffer`.
unsafe fn write(lines: &[String], buffer: *mut u8, capacity: usize) -> (usize, bool) {
    let text = lines.join("\n");
    let fits = text.len() <= capacity;
    if fits {
        // SAFETY: the text fits, and no Rust reference to the caller's buffer exists.
        unsafe { std::ptr::copy_nonoverlapping(text.as_ptr(), buffer, text.len()) };
    }
    (text.len(), fits)
}

/// Reads device memory for the stand-in of cuBLAS; `who` is named in reports.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hebb_mock_peek(
    address: u64,
    to: *mut u8,
    bytes: usize,
    who: *const c_char,
) -> CudaStatus {
    // SAFETY: the caller passes a string.
    let who = unsafe { CStr::from_ptr(who) }.to_string_lossy();
    with(|state| match state.device.read(address, bytes) {
        Ok(read) => {
            state.counts.bytes_read += bytes as u64;
            state.touch(&who, state.product_stream, address, StreamAccess::Read);
            if !read.initialised {
                state
                    .complaints
                    .push(format!("{who}: reads uninitialised device memory"));
            }
            // SAFETY: the caller passes room for `bytes`.
            unsafe { std::ptr::copy_nonoverlapping(read.bytes.as_ptr(), to, bytes) };
            SUCCESS
        }
        Err(error) => state.complain(INVALID_VALUE, format!("{who}: {error}")),
    })
}

/// Writes device memory for the stand-in of cuBLAS.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hebb_mock_poke(
    address: u64,
    from: *const u8,
    bytes: usize,
    who: *const c_char,
) -> CudaStatus {
    // SAFETY: the caller passes a string and `bytes` readable bytes.
    let (who, from) = unsafe {
        (
            CStr::from_ptr(who).to_string_lossy(),
            std::slice::from_raw_parts(from, bytes),
        )
    };
    with(|state| match state.device.write(address, from) {
        Ok(()) => {
            state.counts.bytes_written += bytes as u64;
            state.touch(&who, state.product_stream, address, StreamAccess::Write);
            SUCCESS
        }
        Err(error) => state.complain(INVALID_VALUE, format!("{who}: {error}")),
    })
}

/// Counts a product of the stand-in of cuBLAS. Returns 0 if the stream is not known.
#[unsafe(no_mangle)]
pub extern "C" fn hebb_mock_product(stream: usize, m: c_int, n: c_int, k: c_int) -> c_int {
    with(|state| {
        state.counts.products += 1;
        state.product_stream = stream;
        state.order.begin(stream);
        state.trace.push(format!("gemm {m}x{n}x{k}"));
        c_int::from(state.order.has_stream(stream))
    })
}
