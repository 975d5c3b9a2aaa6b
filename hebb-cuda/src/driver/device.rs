//! A device with its stream, loaded kernels, products and uploads.

use std::sync::{Arc, Mutex};

use cudarc::driver::{CudaContext, CudaFunction, CudaStream, result, sys};
use cudarc::nvrtc::Ptx;

use super::failure::Doing;
use super::libraries::Library;
use super::products::Products;
use super::uploads::Uploads;
use crate::code::Code;
use crate::error::CudaError;
use crate::kernel::{Kernel, Signature};
use crate::options::CudaOptions;

/// A device, its stream and its loaded kernels.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) products: Products,
    pub(super) uploads: Mutex<Uploads>,
    pub(super) functions: Vec<(CudaFunction, Signature)>,
    pub(super) stream: Arc<CudaStream>,
    /// Compute capability, such as (8, 0).
    pub(crate) capability: (u32, u32),
    pub(crate) name: String,
}

/// Release threshold of the driver's memory pool: it keeps all freed memory.
const KEEP_EVERYTHING: u64 = u64::MAX;

impl Device {
    /// Opens device `ordinal` without kernels.
    pub(crate) fn open(ordinal: usize, options: &CudaOptions) -> Result<Self, CudaError> {
        Library::Driver.require()?;
        Library::Cublas.require()?;
        let context = open_context(ordinal)?;
        // SAFETY: nothing was allocated yet; from here on one stream orders all work, and events what is beside it.
        unsafe { context.disable_event_tracking() };
        keep_memory(&context);
        let stream = context.new_stream().doing("creating a stream")?;
        let name = context.name().doing("asking for the device's name")?;
        let capability = context.compute_capability().doing("asking for the capability")?;
        let capability = (capability.0.unsigned_abs(), capability.1.unsigned_abs());
        let products = Products::new(&stream, options.precision)?;
        let uploads = Uploads::new(&stream).doing("creating a stream")?;
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
        let module = module.doing("loading the kernels")?;
        self.functions = Kernel::ALL
            .iter()
            .map(|kernel| {
                let function = module.load_function(kernel.name()).doing(kernel.name())?;
                Ok((function, Signature::of(*kernel)?))
            })
            .collect::<Result<_, CudaError>>()?;
        Ok(())
    }

    /// Waits for all queued work.
    pub(crate) fn synchronize(&self) -> Result<(), CudaError> {
        self.stream.synchronize().doing("waiting for the device")
    }
}

fn open_context(ordinal: usize) -> Result<Arc<CudaContext>, CudaError> {
    // Counting the devices first distinguishes a wrong ordinal from a broken driver.
    result::init().doing("starting the driver")?;
    let count = CudaContext::device_count().doing("counting the devices")?;
    let count = usize::try_from(count).unwrap_or(0);
    if ordinal >= count {
        return Err(CudaError::NoDevice { ordinal, count });
    }
    CudaContext::new(ordinal).doing("opening the device")
}

/// Keeps freed memory in the driver's pool for the next allocation. Without a pool allocations only take longer.
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
