//! Where the kernels' code comes from.

mod cache;

use cache::Cache;

use crate::code::Code;
use crate::driver::{Library, Target, compile, nvrtc_version, supported_architectures};
use crate::kernel::{COMPILE_OPTIONS, EMBEDDED_PTX, source};
use crate::options::by_name;
use crate::{CudaError, CudaOptions};

/// Where the kernels' code comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Image {
    /// Machine code if NVRTC is there and knows the device, its newest PTX if it does not know it, and the PTX of this
    /// crate if there is no NVRTC.
    #[default]
    Auto,
    /// Machine code for the device, by NVRTC.
    Cubin,
    /// PTX for the device, by NVRTC; the driver compiles it.
    Ptx,
    /// The PTX of this crate, for compute capability 7.0 and later; the driver compiles it.
    Embedded,
}

impl Image {
    /// Every choice with its name.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("auto", Self::Auto),
        ("cubin", Self::Cubin),
        ("ptx", Self::Ptx),
        ("embedded", Self::Embedded),
    ];

    /// The choice of this name.
    ///
    /// # Errors
    /// [`CudaError::Option`] if there is none.
    pub fn from_name(name: &str) -> Result<Self, CudaError> {
        by_name(
            "HEBB_CUDA_IMAGE",
            &Self::NAMES,
            "auto, cubin, ptx, embedded",
            name,
        )
    }
}

/// The code for a device of this capability, and where it came from in words.
pub(crate) fn obtain(options: &CudaOptions, capability: (u32, u32)) -> Result<(Code, String), CudaError> {
    let device = 10 * capability.0 + capability.1;
    let target = match options.image {
        Image::Embedded => None,
        Image::Auto if !Library::Nvrtc.is_present() => None,
        Image::Cubin => Some(Target::Cubin(device)),
        Image::Ptx => Some(Target::Ptx(newest(device)?)),
        Image::Auto if supported_architectures()?.contains(&device) => Some(Target::Cubin(device)),
        Image::Auto => Some(Target::Ptx(newest(device)?)),
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

fn compiled(target: Target, options: &CudaOptions) -> Result<(Code, String), CudaError> {
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
        Target::Cubin(_) => Code::Cubin(bytes),
        Target::Ptx(_) => Code::Ptx(String::from_utf8_lossy(&bytes).into_owned()),
    };
    Ok((code, described))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_chosen_by_name() {
        for (name, image) in Image::NAMES {
            assert_eq!(Image::from_name(name).unwrap(), image);
        }
        let message = Image::from_name("sass").unwrap_err().to_string();
        assert_eq!(
            message,
            "HEBB_CUDA_IMAGE=sass is not known; use one of auto, cubin, ptx, embedded"
        );
    }

    #[test]
    fn embedded_ptx_needs_no_compiler() {
        let options = CudaOptions {
            image: Image::Embedded,
            ..CudaOptions::default()
        };
        let (code, described) = obtain(&options, (7, 0)).unwrap();
        assert_eq!(
            (code, described.as_str()),
            (Code::Ptx(EMBEDDED_PTX.to_owned()), "embedded PTX")
        );
    }
}
