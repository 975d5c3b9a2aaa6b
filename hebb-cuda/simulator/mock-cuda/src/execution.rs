//! Modules, functions and launches.

use std::ffi::{CStr, c_char, c_int, c_uint};

use hebb_ptxsim::{LaunchError, LaunchShape, Module};

use crate::CudaHandle;
use crate::order::StreamAccess;
use crate::state::{DriverState, call, check};
use crate::status::{
    CudaStatus, ILLEGAL_ADDRESS, INVALID_HANDLE, INVALID_PTX, INVALID_VALUE, NO_BINARY_FOR_GPU, NOT_FOUND,
    SUCCESS,
};

/// `cuModuleLoadData`: PTX alone, since machine code cannot be interpreted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuModuleLoadData(module: *mut CudaHandle, image: *const c_char) -> CudaStatus {
    call("cuModuleLoadData", |state| {
        // SAFETY: an image is at least four bytes long, and PTX ends with NUL.
        let (magic, text) = unsafe {
            (
                std::slice::from_raw_parts(image.cast::<u8>(), 4),
                CStr::from_ptr(image),
            )
        };
        if magic == b"\x7fELF" {
            let text = "cuModuleLoadData: machine code cannot be interpreted; load PTX".to_owned();
            return state.complain(NO_BINARY_FOR_GPU, text);
        }
        match Module::load(&text.to_string_lossy()) {
            Ok(parsed) => {
                let handle = state.new_handle();
                state.modules.insert(handle, parsed);
                // SAFETY: the caller passes a valid pointer.
                unsafe { *module = handle as CudaHandle };
                SUCCESS
            }
            Err(error) => state.complain(INVALID_PTX, error.to_string()),
        }
    })
}

/// `cuModuleUnload`.
#[unsafe(no_mangle)]
pub extern "C" fn cuModuleUnload(module: CudaHandle) -> CudaStatus {
    call("cuModuleUnload", |state| {
        state.functions.retain(|_, (owner, _)| *owner != module as usize);
        check(state.modules.remove(&(module as usize)).is_some(), INVALID_HANDLE)
    })
}

/// `cuModuleGetFunction`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cuModuleGetFunction(
    function: *mut CudaHandle,
    module: CudaHandle,
    name: *const c_char,
) -> CudaStatus {
    call("cuModuleGetFunction", |state| {
        // SAFETY: the caller passes a string.
        let name = unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned();
        match state.modules.get(&(module as usize)) {
            None => INVALID_HANDLE,
            Some(loaded) if loaded.kernel(&name).is_none() => NOT_FOUND,
            Some(_) => {
                let handle = state.new_handle();
                state.functions.insert(handle, (module as usize, name));
                // SAFETY: the caller passes a valid pointer.
                unsafe { *function = handle as CudaHandle };
                SUCCESS
            }
        }
    })
}

/// `cuFuncSetAttribute`: accepted for a known function.
#[unsafe(no_mangle)]
pub extern "C" fn cuFuncSetAttribute(function: CudaHandle, _attribute: c_int, _value: c_int) -> CudaStatus {
    call("cuFuncSetAttribute", |state| {
        check(state.functions.contains_key(&(function as usize)), INVALID_HANDLE)
    })
}

/// `cuLaunchKernel`.
#[unsafe(no_mangle)]
#[allow(clippy::too_many_arguments, reason = "the driver API's signature")]
pub unsafe extern "C" fn cuLaunchKernel(
    function: CudaHandle,
    grid_x: c_uint,
    grid_y: c_uint,
    grid_z: c_uint,
    block_x: c_uint,
    block_y: c_uint,
    block_z: c_uint,
    dynamic_shared: c_uint,
    stream: CudaHandle,
    parameters: *mut CudaHandle,
    _extra: *mut CudaHandle,
) -> CudaStatus {
    let grid = [grid_x, grid_y, grid_z];
    let shape = LaunchShape {
        grid,
        block: [block_x, block_y, block_z],
        dynamic_shared: dynamic_shared as usize,
    };
    call("cuLaunchKernel", |state| {
        let Some((module, name)) = state.functions.get(&(function as usize)).cloned() else {
            return INVALID_HANDLE;
        };
        if !state.order.has_stream(stream as usize) {
            return INVALID_HANDLE;
        }
        let Some(module) = state.modules.get(&module) else {
            return INVALID_HANDLE;
        };
        // SAFETY: the caller passes one pointer for each parameter, to at least its size.
        let Some(arguments) = (unsafe { arguments(module, &name, parameters) }) else {
            return NOT_FOUND;
        };
        state.order.begin(stream as usize);
        // A kernel may write to every allocation whose address it gets, alone or in a structure.
        for address in arguments.iter().flat_map(|bytes| bytes.as_chunks().0) {
            let address = u64::from_le_bytes(*address);
            state.touch(&name, stream as usize, address, StreamAccess::Write);
        }
        launch(state, &name, shape, &arguments, function)
    })
}

/// Copies the bytes of each argument.
///
/// # Safety
/// `parameters` points to a pointer for each parameter of the kernel, each to as many bytes as the parameter has.
unsafe fn arguments(module: &Module, name: &str, parameters: *mut CudaHandle) -> Option<Vec<Vec<u8>>> {
    let sizes = module
        .kernel(name)?
        .parameters()
        .iter()
        .map(|parameter| parameter.size);
    let bytes = |(index, size): (usize, usize)| {
        // SAFETY: the caller vouches for the array and for what it points to.
        unsafe { std::slice::from_raw_parts((*parameters.add(index)).cast::<u8>(), size) }.to_vec()
    };
    Some(sizes.enumerate().map(bytes).collect())
}

fn launch(
    state: &mut DriverState,
    name: &str,
    shape: LaunchShape,
    arguments: &[Vec<u8>],
    function: CudaHandle,
) -> CudaStatus {
    state.counts.launches += 1;
    let [[gx, gy, gz], [bx, by, bz]] = [shape.grid, shape.block];
    let Some(module) = state
        .functions
        .get(&(function as usize))
        .and_then(|(m, _)| state.modules.get(m))
    else {
        return INVALID_HANDLE;
    };
    let (before, executed) = (state.device.traffic(), state.device.instructions());
    let result = state.device.launch(module, name, shape, arguments);
    let traffic = state.device.traffic();
    let (read, written) = (traffic.read - before.read, traffic.written - before.written);
    state.counts.bytes_read += read;
    state.counts.bytes_written += written;
    state.trace.push(format!(
        "launch {name} {gx}x{gy}x{gz} {bx}x{by}x{bz} shared {} read {read} written {written} instructions {}",
        shape.dynamic_shared,
        state.device.instructions() - executed,
    ));
    match result {
        Ok(()) => SUCCESS,
        // As on a GPU, an illegal access breaks the context; the launch itself succeeds.
        Err(LaunchError::Fault(_)) => {
            state.broken = Some(ILLEGAL_ADDRESS);
            SUCCESS
        }
        Err(error) => state.complain(INVALID_VALUE, error.to_string()),
    }
}
