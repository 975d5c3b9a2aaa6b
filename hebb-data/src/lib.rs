#![doc = include_str!("../README.md")]
// Not `forbid`: the macro `s!` of ndarray expands to code with an `allow` of its own.
#![deny(unsafe_code)]

pub mod augment;
pub mod batches;
mod dataset;
pub mod datasets;
mod error;
pub mod formats;
mod options;
mod shape;
mod source;
mod split;
pub mod transform;
mod view;

pub use dataset::Dataset;
pub use datasets::{Bundle, DatasetInfo, LoadOptions, SearchPath};
pub use error::{Error, Result};
pub(crate) use options::options;
pub use shape::ImageShape;
pub use source::ImageSource;
pub use split::{SplitSpec, Splits};
pub use transform::{Pipeline, Tensors, Transform, TransformSpec};
pub use view::View;
