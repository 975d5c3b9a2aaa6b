//! Parsers of dataset files: bytes in, pixels and labels out, no knowledge of any dataset.
//!
//! A parser believes no number it reads. What a header claims is bounded before it is used, and memory grows with
//! the bytes that have arrived, so a short file that claims 2^60 images costs nothing and gives an error.

pub mod cifar;
pub mod folder;
pub mod idx;
mod input;
pub mod stl10;

pub(crate) use input::{open, path_text};
