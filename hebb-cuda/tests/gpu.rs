//! What needs a real device: `cargo test -p hebb-cuda --test gpu -- --ignored gpu_`. With `HEBB_REQUIRE=cuda` a
//! missing device is a failure.

use hebb_core::testing::conformance;
use hebb_cuda::{CudaBackend, CudaOptions, Image};

fn open(image: Image) -> Result<CudaBackend, hebb_cuda::CudaError> {
    let backend = CudaBackend::with_options(
        0,
        &CudaOptions {
            image,
            ..CudaOptions::from_env()?
        },
    )?;
    println!("{}", backend.description());
    Ok(backend)
}

#[test]
#[ignore = "needs a CUDA device"]
fn gpu_conforms_with_the_image_of_choice() {
    conformance(|| CudaBackend::new(0), &[]).assert();
}

#[test]
#[ignore = "needs a CUDA device"]
fn gpu_conforms_with_embedded_ptx() {
    conformance(|| open(Image::Embedded), &[]).assert();
}

#[test]
#[ignore = "needs a CUDA device and NVRTC"]
fn gpu_conforms_with_machine_code() {
    conformance(|| open(Image::Cubin), &[]).assert();
}
