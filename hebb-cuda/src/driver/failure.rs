//! Failures of the driver as errors.

use cudarc::driver::DriverError;

use crate::error::CudaError;

/// A status of the driver as an error.
pub(super) fn failure(doing: &str, error: DriverError) -> CudaError {
    let name = error.error_name().map(|name| name.to_string_lossy().into_owned());
    CudaError::Driver {
        doing: doing.to_owned(),
        status: name.unwrap_or_else(|_| format!("{:?}", error.0)),
    }
}
