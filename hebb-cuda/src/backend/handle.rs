//! [`CudaBackend`]: construction and launches.

use std::sync::{Mutex, MutexGuard, PoisonError};

use hebb_core::Result;

use crate::buffer::CudaBuffer;
use crate::code::Code;
use crate::driver::{Argument, Device, LaunchConfig};
use crate::error::CudaError;
use crate::image;
use crate::kernel::Kernel;
use crate::options::CudaOptions;

/// A CUDA device with the kernels of this crate loaded.
///
/// Work is queued on one stream and runs in order; only [`hebb_core::Backend::download`] and [`hebb_core::Backend::synchronize`] wait for it.
#[derive(Debug)]
pub struct CudaBackend {
    pub(super) device: Device,
    /// Placeholder for operands that a kernel takes but does not read.
    pub(super) nothing: CudaBuffer,
    /// Output of the first stage of column sums; grows on demand.
    partials: Mutex<CudaBuffer>,
    image: String,
}

impl CudaBackend {
    /// Opens device `ordinal` with [`CudaOptions::from_env`].
    ///
    /// # Errors
    /// [`CudaError`] names what is missing (driver, cuBLAS, NVRTC, device) and the remedy.
    pub fn new(ordinal: usize) -> Result<Self, CudaError> {
        Self::with_options(ordinal, &CudaOptions::from_env()?)
    }

    /// Opens device `ordinal`.
    ///
    /// # Errors
    /// See [`CudaBackend::new`].
    pub fn with_options(ordinal: usize, options: &CudaOptions) -> Result<Self, CudaError> {
        let device = Device::open(ordinal, options)?;
        let (code, image) = image::obtain(options, device.capability)?;
        Self::from_code(device, code, image)
    }

    /// Loads the kernels from `code`, which `image` describes.
    pub(crate) fn from_code(mut device: Device, code: Code, image: String) -> Result<Self, CudaError> {
        device.load(code)?;
        let buffer = || device.zeros(1).map_err(|error| allocation(&error));
        let (nothing, partials) = (buffer()?, Mutex::new(buffer()?));
        Ok(Self {
            device,
            nothing,
            partials,
            image,
        })
    }

    /// The device, its compute capability and the origin of its kernels, in one line.
    pub fn description(&self) -> String {
        let (major, minor) = self.device.capability;
        format!(
            "{} (compute capability {major}.{minor}), kernels: {}",
            self.device.name, self.image
        )
    }

    /// The buffer of partial sums, at least `len` values long; its contents are unspecified.
    pub(super) fn partials(&self, len: usize) -> Result<MutexGuard<'_, CudaBuffer>> {
        let mut partials = self.partials.lock().unwrap_or_else(PoisonError::into_inner);
        if partials.len < len {
            *partials = self.device.zeros(len)?;
        }
        Ok(partials)
    }

    pub(super) fn launch(
        &self,
        kernel: Kernel,
        shape: LaunchConfig,
        arguments: &[Argument<'_>],
    ) -> Result<()> {
        Ok(self.device.launch(kernel, shape, arguments)?)
    }
}

fn allocation(error: &hebb_core::Error) -> CudaError {
    CudaError::Driver {
        doing: "allocating memory".to_owned(),
        status: error.to_string(),
    }
}
