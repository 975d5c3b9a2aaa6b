//! How a backend is made.

use std::path::PathBuf;

use crate::{CudaError, Image};

/// Choices that a [`crate::CudaBackend`] is made with.
///
/// | choice | environment variable | default |
/// | --- | --- | --- |
/// | image | `HEBB_CUDA_IMAGE` | `auto` |
/// | cache | `HEBB_CUDA_CACHE` | `hebb/cuda` in `$XDG_CACHE_HOME` or `~/.cache` |
/// | tf32 | | off |
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CudaOptions {
    /// Where the kernels' machine code comes from.
    pub image: Image,
    /// The folder that compiled kernels are kept in; `None` keeps none.
    pub cache: Option<PathBuf>,
    /// Lets cuBLAS round the operands of products to TF32 (10 bits of mantissa), which tensor cores multiply faster.
    pub tf32: bool,
}

impl CudaOptions {
    /// The defaults, changed by the environment.
    ///
    /// # Errors
    /// [`CudaError::Option`] if `HEBB_CUDA_IMAGE` names no image.
    pub fn from_env() -> Result<Self, CudaError> {
        let image = match std::env::var("HEBB_CUDA_IMAGE") {
            Ok(name) => Image::from_name(&name)?,
            Err(_) => Image::default(),
        };
        Ok(Self {
            image,
            cache: cache_folder(),
            tf32: false,
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
