//! Errors on a machine without CUDA. The binary uses the libraries of the machine.

use hebb_cuda::{CudaBackend, CudaError};

#[test]
fn what_is_missing_is_named_with_its_remedy() {
    let Err(error) = CudaBackend::new(0) else { return };
    let required = std::env::var("HEBB_REQUIRE").unwrap_or_default();
    assert!(
        !required.split(',').any(|name| name.trim() == "cuda"),
        "HEBB_REQUIRE=cuda, but {error}"
    );
    let message = error.to_string();
    match error {
        CudaError::NoDriver => assert!(message.contains("install the NVIDIA driver"), "{message}"),
        CudaError::NoCublas => assert!(message.contains("nvidia-cublas-cu12"), "{message}"),
        CudaError::NoNvrtc => assert!(message.contains("HEBB_CUDA_IMAGE=embedded"), "{message}"),
        CudaError::NoDevice { .. } => assert!(message.contains("no CUDA device"), "{message}"),
        other => panic!("{other}"),
    }
}
