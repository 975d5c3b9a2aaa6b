//! How a backend is made.

use std::path::PathBuf;

use crate::{CudaError, Image};

/// Choices that a [`crate::CudaBackend`] is made with.
///
/// | choice | environment variable | default |
/// | --- | --- | --- |
/// | image | `HEBB_CUDA_IMAGE` | `auto` |
/// | cache | `HEBB_CUDA_CACHE` | `hebb/cuda` in `$XDG_CACHE_HOME` or `~/.cache` |
/// | precision | `HEBB_CUDA_PRECISION` | `f32` |
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CudaOptions {
    /// Where the kernels' machine code comes from.
    pub image: Image,
    /// The folder that compiled kernels are kept in; `None` keeps none.
    pub cache: Option<PathBuf>,
    /// How cuBLAS multiplies.
    pub precision: Precision,
}

/// What the operands of matrix products are rounded to; matrices are kept, and products summed, in f32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// Not at all.
    #[default]
    F32,
    /// Ten bits of mantissa, for tensor cores since compute capability 8.0.
    Tf32,
    /// Seven bits of mantissa, for tensor cores since compute capability 8.0.
    Bf16,
}

impl Precision {
    /// Every choice with its name.
    pub const NAMES: [(&'static str, Self); 3] =
        [("f32", Self::F32), ("tf32", Self::Tf32), ("bf16", Self::Bf16)];

    /// The choice of this name.
    ///
    /// # Errors
    /// [`CudaError::Option`] if there is none.
    pub fn from_name(name: &str) -> Result<Self, CudaError> {
        by_name("HEBB_CUDA_PRECISION", &Self::NAMES, "f32, tf32, bf16", name)
    }
}

/// The choice of this name among those that an environment variable takes.
pub(crate) fn by_name<T: Copy>(
    variable: &'static str,
    choices: &[(&str, T)],
    known: &'static str,
    name: &str,
) -> Result<T, CudaError> {
    let found = choices.iter().find(|(choice, _)| *choice == name);
    found.map(|(_, choice)| *choice).ok_or_else(|| CudaError::Option {
        name: variable,
        value: name.to_owned(),
        known,
    })
}

impl CudaOptions {
    /// The defaults, changed by the environment.
    ///
    /// # Errors
    /// [`CudaError::Option`] if a variable has a value that it does not take.
    pub fn from_env() -> Result<Self, CudaError> {
        let image = std::env::var("HEBB_CUDA_IMAGE").map(|name| Image::from_name(&name));
        let precision = std::env::var("HEBB_CUDA_PRECISION").map(|name| Precision::from_name(&name));
        Ok(Self {
            image: image.unwrap_or(Ok(Image::default()))?,
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
