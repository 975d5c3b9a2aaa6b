//! The first CUDA device, or what is missing on this machine.

use hebb_cuda::CudaBackend;

fn main() {
    match CudaBackend::new(0) {
        Ok(backend) => println!("{}", backend.description()),
        Err(error) => println!("no CUDA device: {error}"),
    }
}
