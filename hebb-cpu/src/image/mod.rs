//! Images (H, W, C) in memory: padding, and the patches that a kernel reads.

mod padded;
mod patches;

pub(crate) use padded::{BORDER, PaddedLayout, Sources};
pub(crate) use patches::{Patches, taps_of_run};
