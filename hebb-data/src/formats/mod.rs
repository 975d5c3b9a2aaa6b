//! Parsers of dataset files: bytes in, pixels and labels out, independent of any dataset.
//!
//! A parser trusts no number that it reads. It bounds every size before use and allocates as bytes arrive, so a short
//! file that claims 2^60 images costs nothing and gives an error.

pub mod cifar;
pub mod folder;
pub mod idx;
mod input;
pub mod stl10;

pub(crate) use input::{open, path_text};
