//! A backend on the stand-in driver.

use hebb_cuda::{CudaBackend, CudaOptions, KernelImage};
use hebb_mock_gpu::GpuSession;

/// Opens the backend with the PTX of the crate, which is what the interpreter can run.
pub(crate) fn backend(_turn: &GpuSession) -> CudaBackend {
    let options = CudaOptions {
        image: KernelImage::Embedded,
        ..CudaOptions::default()
    };
    CudaBackend::with_options(0, &options).unwrap()
}

/// Fails with everything that the stand-ins have complained about.
#[track_caller]
pub(crate) fn assert_clean(session: &GpuSession) {
    let reports = session.reports();
    assert!(
        reports.is_empty(),
        "{} reports:\n{}",
        reports.len(),
        reports.join("\n")
    );
}
