//! Options of the backend, and the environment variables that set them.

use std::path::PathBuf;

use crate::error::CudaError;

/// Options of a [`crate::CudaBackend`].
///
/// | choice | environment variable | default |
/// | --- | --- | --- |
/// | image | `HEBB_CUDA_IMAGE` | `auto` |
/// | cache | `HEBB_CUDA_CACHE` | `hebb/cuda` in `$XDG_CACHE_HOME` or `~/.cache` |
/// | precision | `HEBB_CUDA_PRECISION` | `f32` |
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CudaOptions {
    /// Origin of the kernels' machine code.
    pub image: KernelImage,
    /// Folder of the cache of compiled kernels; `None` disables it.
    pub cache: Option<PathBuf>,
    /// Precision of matrix products.
    pub precision: Precision,
}

/// Origin of the kernels' code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KernelImage {
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

impl KernelImage {
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
        by_name("HEBB_CUDA_IMAGE", &Self::NAMES, name)
    }
}

/// Rounding of the operands of matrix products; storage and accumulation are f32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// No rounding.
    #[default]
    F32,
    /// TF32: 10 bits of mantissa, for tensor cores since compute capability 8.0.
    Tf32,
    /// bf16: 7 bits of mantissa, for tensor cores since compute capability 8.0.
    Bf16,
}

impl Precision {
    /// Every variant with its name.
    pub const NAMES: [(&'static str, Self); 3] =
        [("f32", Self::F32), ("tf32", Self::Tf32), ("bf16", Self::Bf16)];

    /// The variant called `name`.
    ///
    /// # Errors
    /// [`CudaError::Option`] if there is none.
    pub fn from_name(name: &str) -> Result<Self, CudaError> {
        by_name("HEBB_CUDA_PRECISION", &Self::NAMES, name)
    }
}

/// The variant called `name` among those that an environment variable takes.
pub(crate) fn by_name<T: Copy>(
    variable: &'static str,
    choices: &[(&str, T)],
    name: &str,
) -> Result<T, CudaError> {
    let found = choices.iter().find(|(choice, _)| *choice == name);
    found.map(|(_, choice)| *choice).ok_or_else(|| CudaError::Option {
        name: variable,
        value: name.to_owned(),
        known: choices
            .iter()
            .map(|(choice, _)| *choice)
            .collect::<Vec<_>>()
            .join(", "),
    })
}

impl CudaOptions {
    /// The defaults, overridden by the environment.
    ///
    /// # Errors
    /// [`CudaError::Option`] if a variable has a value that it does not take.
    pub fn from_env() -> Result<Self, CudaError> {
        let image = std::env::var("HEBB_CUDA_IMAGE").map(|name| KernelImage::from_name(&name));
        let precision = std::env::var("HEBB_CUDA_PRECISION").map(|name| Precision::from_name(&name));
        Ok(Self {
            image: image.unwrap_or(Ok(KernelImage::default()))?,
            cache: cache_folder(),
            precision: precision.unwrap_or(Ok(Precision::default()))?,
        })
    }
}

fn cache_folder() -> Option<PathBuf> {
    let variable = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    variable("HEBB_CUDA_CACHE").or_else(|| {
        let caches = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")))?;
        Some(caches.join("hebb").join("cuda"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_chosen_by_name() {
        for (name, image) in KernelImage::NAMES {
            assert_eq!(KernelImage::from_name(name).unwrap(), image);
        }
        let message = KernelImage::from_name("sass").unwrap_err().to_string();
        assert_eq!(
            message,
            "HEBB_CUDA_IMAGE=sass is not known; use one of auto, cubin, ptx, embedded"
        );
    }

    #[test]
    fn precisions_are_chosen_by_name() {
        for (name, precision) in Precision::NAMES {
            assert_eq!(Precision::from_name(name).unwrap(), precision);
        }
        let message = Precision::from_name("fp8").unwrap_err().to_string();
        assert_eq!(
            message,
            "HEBB_CUDA_PRECISION=fp8 is not known; use one of f32, tf32, bf16"
        );
    }
}
