//! The device, and all of this crate's unsafe code.
//!
//! Everything here takes operands whose lengths have been checked, or checks them itself; what is left to trust is
//! stated beside each `unsafe`. In short:
//!
//! - Libraries are loaded by cudarc. Loading runs their constructors, which is what loading a driver means.
//! - Device memory is owned by [`cudarc::driver::CudaSlice`]; one stream orders all work on it, so that neither the
//!   host nor another stream sees it half written. cudarc's own event tracking is therefore off. What goes up passes
//!   through memory of its own, on a second stream that events order (`uploads`).
//! - Launches pass what the kernel declares: [`crate::kernel::Signature`] checks count, kind and size. That a kernel
//!   stays within its operands is the kernel's contract, which the interpreter suite checks.
#![allow(unsafe_code)]

mod compile;
mod launch;
mod libraries;
mod memory;
mod products;
mod uploads;

use std::sync::{Arc, Mutex};

use cudarc::driver::{CudaContext, CudaFunction, CudaStream, DriverError, result, sys};
use cudarc::nvrtc::Ptx;

pub(crate) use compile::{Target, compile, nvrtc_version, supported_architectures};
pub(crate) use launch::{Argument, Shape};
pub(crate) use libraries::Library;
use products::Products;
use uploads::Uploads;

use crate::code::Code;
use crate::kernel::{Kernel, Signature};
use crate::{CudaBuffer, CudaError, CudaOptions};

/// A device with its kernels loaded.
#[derive(Debug)]
pub(crate) struct Device {
    products: Products,
    uploads: Mutex<Uploads>,
    functions: Vec<(CudaFunction, Signature)>,
    stream: Arc<CudaStream>,
    /// Compute capability, such as (8, 0).
    pub(crate) capability: (u32, u32),
    pub(crate) name: String,
}

/// Bytes that the driver's memory pool keeps instead of giving them back: all.
const KEEP_EVERYTHING: u64 = u64::MAX;

impl Device {
    /// Opens device `ordinal` without kernels.
    pub(crate) fn open(ordinal: usize, options: &CudaOptions) -> Result<Self, CudaError> {
        if !Library::Driver.is_present() {
            return Err(CudaError::NoDriver);
        }
        if !Library::Cublas.is_present() {
            return Err(CudaError::NoCublas);
        }
        let context = open_context(ordinal)?;
        // SAFETY: nothing was allocated yet; from here on one stream orders all work, and events what is beside it.
        unsafe { context.disable_event_tracking() };
        keep_memory(&context);
        let stream = context
            .new_stream()
            .map_err(|error| failure("creating a stream", error))?;
        let name = context
            .name()
            .map_err(|error| failure("asking for the device's name", error))?;
        let capability = context
            .compute_capability()
            .map_err(|error| failure("asking for the capability", error))?;
        let capability = (capability.0.unsigned_abs(), capability.1.unsigned_abs());
        let products = Products::new(&stream, options.precision)?;
        let uploads = Uploads::new(&stream).map_err(|error| failure("creating a stream", error))?;
        Ok(Self {
            products,
            uploads: Mutex::new(uploads),
            functions: Vec::new(),
            stream,
            capability,
            name,
        })
    }

    /// Loads every kernel from an image.
    pub(crate) fn load(&mut self, code: Code) -> Result<(), CudaError> {
        let image = match code {
            Code::Cubin(bytes) => Ptx::from_binary(bytes),
            Code::Ptx(text) => Ptx::from_src(text),
        };
        let module = self.stream.context().load_module(image);
        let module = module.map_err(|error| failure("loading the kernels", error))?;
        self.functions = Kernel::ALL
            .iter()
            .map(|kernel| {
                let function = module.load_function(kernel.name());
                let function = function.map_err(|error| failure(kernel.name(), error))?;
                Ok((function, Signature::of(*kernel)?))
            })
            .collect::<Result<_, CudaError>>()?;
        Ok(())
    }

    /// Waits for all work asked for so far.
    pub(crate) fn synchronize(&self) -> Result<(), CudaError> {
        self.stream
            .synchronize()
            .map_err(|error| failure("waiting for the device", error))
    }

    /// C = alpha·op(A)·op(B) + beta·C in row-major order; lengths have been checked and no size is zero.
    pub(crate) fn product(
        &self,
        gemm: hebb_core::backend::Gemm,
        a: &CudaBuffer,
        b: &CudaBuffer,
        c: &mut CudaBuffer,
    ) -> Result<(), CudaError> {
        self.products.run(&self.stream, gemm, a, b, c)
    }
}

fn open_context(ordinal: usize) -> Result<Arc<CudaContext>, CudaError> {
    // The number of devices is asked for first, so that a wrong ordinal is told from a broken driver.
    result::init().map_err(|error| failure("starting the driver", error))?;
    let count = CudaContext::device_count().map_err(|error| failure("counting the devices", error))?;
    let count = usize::try_from(count).unwrap_or(0);
    if ordinal >= count {
        return Err(CudaError::NoDevice { ordinal, count });
    }
    CudaContext::new(ordinal).map_err(|error| failure("opening the device", error))
}

/// Lets freed memory stay in the driver's pool for the next allocation. Without a pool nothing is lost but time.
fn keep_memory(context: &CudaContext) {
    if !context.has_async_alloc() {
        return;
    }
    let mut pool = std::ptr::null_mut();
    let mut threshold = KEEP_EVERYTHING;
    let attribute = sys::CUmemPool_attribute::CU_MEMPOOL_ATTR_RELEASE_THRESHOLD;
    // SAFETY: both pointers are to locals, of the types that the functions ask for; the attribute takes a u64.
    unsafe {
        if sys::cuDeviceGetDefaultMemPool(&raw mut pool, context.cu_device())
            .result()
            .is_ok()
        {
            let _ = sys::cuMemPoolSetAttribute(pool, attribute, (&raw mut threshold).cast());
        }
    }
}

/// A driver's answer as an error.
fn failure(doing: &str, error: DriverError) -> CudaError {
    let name = error.error_name().map(|name| name.to_string_lossy().into_owned());
    CudaError::Driver {
        doing: doing.to_owned(),
        status: name.unwrap_or_else(|_| format!("{:?}", error.0)),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests;
