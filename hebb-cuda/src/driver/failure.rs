//! Failures of the driver and of cuBLAS as errors.

use cudarc::cublas::result::CublasError;
use cudarc::driver::DriverError;

use crate::error::CudaError;

/// A result whose failure is told with the operation that failed.
pub(super) trait Doing<T> {
    /// Names the operation.
    fn doing(self, doing: &str) -> Result<T, CudaError>;
}

impl<T> Doing<T> for Result<T, DriverError> {
    fn doing(self, doing: &str) -> Result<T, CudaError> {
        self.map_err(|error| {
            let name = error.error_name().map(|name| name.to_string_lossy().into_owned());
            CudaError::Driver {
                doing: doing.to_owned(),
                status: name.unwrap_or_else(|_| format!("{:?}", error.0)),
            }
        })
    }
}

impl<T> Doing<T> for Result<T, CublasError> {
    fn doing(self, doing: &str) -> Result<T, CudaError> {
        self.map_err(|error| CudaError::Cublas {
            doing: doing.to_owned(),
            status: format!("{:?}", error.0),
        })
    }
}
