//! A backend on the stand-in driver.

use hebb_cuda::{CudaBackend, CudaOptions, Image};
use hebb_mock_gpu::GpuSession;

/// Opens the backend with the PTX of the crate, which is what the interpreter can run.
pub(crate) fn backend(_turn: &GpuSession) -> CudaBackend {
    let options = CudaOptions {
        image: Image::Embedded,
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

/// Fails if a value is off by more than 2e-5 of the largest: f32 sums in another order.
#[track_caller]
pub(crate) fn assert_near(what: &str, found: &[f32], expected: &[f32]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let largest = expected
        .iter()
        .fold(1.0f32, |largest, value| largest.max(value.abs()));
    let worst = found
        .iter()
        .zip(expected)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    let all_finite = found.iter().all(|value| value.is_finite());
    assert!(
        all_finite && worst <= 2e-5 * largest,
        "{what}: {worst} of {largest}"
    );
}
