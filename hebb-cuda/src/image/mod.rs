//! Kernel images: compiled by NVRTC, taken from the cache, or embedded.

mod cache;

use cache::Cache;

use crate::code::Code;
use crate::driver::{CompileTarget, Library, compile, nvrtc_version, supported_architectures};
use crate::error::CudaError;
use crate::kernel::{COMPILE_OPTIONS, EMBEDDED_PTX, source};
use crate::options::{CudaOptions, KernelImage};

/// The code for a device of this capability, and where it came from in words.
pub(crate) fn obtain(options: &CudaOptions, capability: (u32, u32)) -> Result<(Code, String), CudaError> {
    let device = 10 * capability.0 + capability.1;
    let target = match options.image {
        KernelImage::Embedded => None,
        KernelImage::Auto if !Library::Nvrtc.is_present() => None,
        KernelImage::Cubin => Some(CompileTarget::Cubin(device)),
        KernelImage::Ptx => Some(CompileTarget::Ptx(newest(device)?)),
        KernelImage::Auto if supported_architectures()?.contains(&device) => {
            Some(CompileTarget::Cubin(device))
        }
        KernelImage::Auto => Some(CompileTarget::Ptx(newest(device)?)),
    };
    match target {
        None => Ok((Code::Ptx(EMBEDDED_PTX.to_owned()), "embedded PTX".to_owned())),
        Some(target) => compiled(target, options),
    }
}

/// The newest architecture that both NVRTC and the device know.
fn newest(device: u32) -> Result<u32, CudaError> {
    let known = supported_architectures()?;
    known
        .iter()
        .copied()
        .filter(|architecture| *architecture <= device)
        .max()
        .ok_or_else(|| CudaError::Compile {
            target: format!("compute_{device}"),
            log: format!("this NVRTC compiles for {known:?} only; set HEBB_CUDA_IMAGE=embedded"),
        })
}

fn compiled(target: CompileTarget, options: &CudaOptions) -> Result<(Code, String), CudaError> {
    let (source, version) = (source(), nvrtc_version()?);
    let cache = Cache::new(
        options.cache.as_deref(),
        &(&source, COMPILE_OPTIONS, version, format!("{target:?}")),
    );
    let (bytes, from) = match cache.read() {
        Some(bytes) => (bytes, "the cache"),
        None => {
            let bytes = compile(&source, target, &[])?.code;
            cache.write(&bytes);
            (bytes, "NVRTC")
        }
    };
    let described = format!("{target:?} from {from} ({}.{})", version.0, version.1);
    let code = match target {
        CompileTarget::Cubin(_) => Code::Cubin(bytes),
        CompileTarget::Ptx(_) => Code::Ptx(String::from_utf8_lossy(&bytes).into_owned()),
    };
    Ok((code, described))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_ptx_needs_no_compiler() {
        let options = CudaOptions {
            image: KernelImage::Embedded,
            ..CudaOptions::default()
        };
        let (code, described) = obtain(&options, (7, 0)).unwrap();
        assert_eq!(
            (code, described.as_str()),
            (Code::Ptx(EMBEDDED_PTX.to_owned()), "embedded PTX")
        );
    }
}
