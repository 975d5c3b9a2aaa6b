//! Tests of each kernel image and of the committed PTX.

use hebb_mock_gpu::GpuSession;

use super::check_committed;
use crate::code::Code;
use crate::driver::{CompileTarget, Device, compile, nvrtc_version, supported_architectures};
use crate::image::obtain;
use crate::kernel::source;
use crate::{CudaBackend, CudaError, CudaOptions, KernelImage};

#[test]
#[ignore = "needs NVRTC; ci.sh runs it"]
fn nvrtc_embedded_ptx_is_current() {
    assert_eq!(
        nvrtc_version().unwrap(),
        (12, 1),
        "the committed PTX was made with NVRTC 12.1"
    );
    let compiled = compile(&source(), CompileTarget::Ptx(70), &[]).unwrap();
    assert_eq!(compiled.log, "");
    check_committed("ptx/hebb.ptx", &String::from_utf8(compiled.code).unwrap());
}

#[test]
#[ignore = "needs NVRTC; ci.sh runs it"]
fn nvrtc_ptx_of_every_architecture_loads_in_the_interpreter() {
    let session = GpuSession::start();
    for architecture in supported_architectures()
        .unwrap()
        .into_iter()
        .filter(|a| *a >= 70)
    {
        let code = compile(&source(), CompileTarget::Ptx(architecture), &[])
            .unwrap()
            .code;
        let mut device = Device::open(0, &CudaOptions::default()).unwrap();
        device.load(Code::Ptx(String::from_utf8(code).unwrap())).unwrap();
        assert!(session.reports().is_empty());
    }
}

#[test]
#[ignore = "needs NVRTC; ci.sh runs it"]
fn nvrtc_images_are_kept_and_damaged_ones_compiled_again() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Some(folder.path().to_owned());
    for image in [KernelImage::Auto, KernelImage::Cubin, KernelImage::Ptx] {
        let options = CudaOptions {
            image,
            cache: cache.clone(),
            ..CudaOptions::default()
        };
        let first = obtain(&options, (8, 0)).unwrap();
        let again = obtain(&options, (8, 0)).unwrap();
        assert_eq!(first.0, again.0);
        assert!(again.1.contains("from the cache"), "{}", again.1);
    }
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        std::fs::write(entry.unwrap().path(), b"damaged").unwrap();
    }
    let (code, described) = obtain(
        &CudaOptions {
            image: KernelImage::Cubin,
            cache,
            ..CudaOptions::default()
        },
        (8, 0),
    )
    .unwrap();
    assert!(described.contains("from NVRTC"), "{described}");
    assert!(matches!(code, Code::Cubin(bytes) if bytes.starts_with(b"\x7fELF")));
}

#[test]
#[ignore = "needs NVRTC; ci.sh runs it"]
fn nvrtc_compiles_ptx_for_devices_newer_than_itself() {
    let newest = supported_architectures().unwrap().into_iter().max().unwrap();
    let options = CudaOptions {
        image: KernelImage::Auto,
        ..CudaOptions::default()
    };
    let (code, described) = obtain(&options, (99, 0)).unwrap();
    assert!(
        matches!(code, Code::Ptx(_)) && described.contains(&format!("Ptx({newest})")),
        "{described}"
    );
    let error = obtain(&options, (1, 0)).unwrap_err().to_string();
    assert!(error.contains("HEBB_CUDA_IMAGE=embedded"), "{error}");
}

#[test]
#[ignore = "needs NVRTC; ci.sh runs it"]
fn nvrtc_errors_name_file_and_line() {
    let broken = format!("{}\n#line 7 \"broken.cu\"\nint x = unknown;\n", source());
    let error = compile(&broken, CompileTarget::Ptx(70), &[]).unwrap_err();
    assert!(
        matches!(&error, CudaError::Compile { log, .. } if log.contains("broken.cu(7)")),
        "{error}"
    );
}

#[test]
#[ignore = "needs NVRTC; ci.sh runs it"]
fn nvrtc_ptx_reaches_the_interpreter_through_the_backend() {
    let _session = GpuSession::start();
    let backend = CudaBackend::with_options(
        0,
        &CudaOptions {
            image: KernelImage::Ptx,
            ..CudaOptions::default()
        },
    )
    .unwrap();
    assert!(
        backend.description().contains("Ptx(80) from NVRTC (12.1)"),
        "{}",
        backend.description()
    );
}
