//! The conformance suite of hebb-core.

use hebb_core::testing::conformance;
use hebb_mock_gpu::GpuSession;

use crate::support::{assert_clean, backend};

#[test]
fn the_backend_conforms_without_a_report() {
    let session = GpuSession::start();
    conformance(|| Ok::<_, hebb_cuda::CudaError>(backend(&session)), &[]).assert();
    assert_clean(&session);
    println!("{:?}", session.counts());
}
