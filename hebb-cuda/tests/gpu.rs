//! The suites on a real device: `cargo test -p hebb-cuda --test gpu -- --ignored gpu_`. Without a device they print what
//! is missing and pass; with `HEBB_REQUIRE=cuda` they fail.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should panic")]

mod checks;

use hebb_core::testing::conformance;
use hebb_cuda::{CudaBackend, CudaError, CudaOptions, KernelImage};

use checks::{descent, epoch, laws, networks, random, shapes, steps};

fn open(image: KernelImage) -> Result<CudaBackend, CudaError> {
    let options = CudaOptions {
        image,
        ..CudaOptions::from_env()?
    };
    let backend = CudaBackend::with_options(0, &options)?;
    println!("{}", backend.description());
    Ok(backend)
}

/// Runs a check on the device, if there is one or must be.
fn with_device(check: impl FnOnce(CudaBackend)) {
    match CudaBackend::new(0) {
        Ok(backend) => check(backend),
        Err(error) => {
            let required = std::env::var("HEBB_REQUIRE").unwrap_or_default();
            let required = required.split(',').any(|name| name.trim() == "cuda");
            assert!(!required, "HEBB_REQUIRE=cuda, but {error}");
            println!("skipped: {error}");
        }
    }
}

#[test]
#[ignore = "needs a CUDA device"]
fn gpu_conforms_with_the_image_of_choice() {
    conformance(|| CudaBackend::new(0), &[]).assert();
}

#[test]
#[ignore = "needs a CUDA device"]
fn gpu_conforms_with_embedded_ptx() {
    conformance(|| open(KernelImage::Embedded), &[]).assert();
}

#[test]
#[ignore = "needs a CUDA device and NVRTC"]
fn gpu_conforms_with_machine_code() {
    conformance(|| open(KernelImage::Cubin), &[]).assert();
}

#[test]
#[ignore = "needs a CUDA device"]
fn gpu_holds_the_laws_of_every_rule() {
    with_device(|backend| laws::hold(&backend));
}

#[test]
#[ignore = "needs a CUDA device"]
fn gpu_takes_any_number_of_units_and_channels() {
    with_device(|backend| {
        shapes::units(&backend);
        shapes::channels(&backend);
        shapes::empty(&backend);
    });
}

#[test]
#[ignore = "needs a CUDA device"]
fn gpu_draws_the_numbers_of_the_host() {
    with_device(|backend| random::is_that_of_the_host(&backend));
}

#[test]
#[ignore = "needs a CUDA device"]
fn gpu_steps_as_the_reference() {
    for layers in [
        networks::miconi2021(),
        networks::hard_wta(),
        networks::soft_hebb(),
        networks::bcm(),
        networks::kept_in_use(),
    ] {
        with_device(|backend| steps::agree(backend, &layers));
    }
}

#[test]
#[ignore = "needs a CUDA device"]
fn gpu_descends_as_the_reference() {
    with_device(descent::agree);
    with_device(descent::networks_agree);
}

#[test]
#[ignore = "needs a CUDA device"]
fn gpu_trains_an_epoch() {
    with_device(|backend| epoch::run(backend, &networks::miconi2021(), 20, || ()));
    with_device(|backend| descent::run(backend, 20, || ()));
    with_device(|backend| assert!(descent::run_network(backend, 20, || (), || ()).mean.is_finite()));
}
