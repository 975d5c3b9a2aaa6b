//! Reading classes out of features.

mod features;
mod ridge;

pub use features::{FeatureMap, grid_means};
pub use ridge::{Ridge, RidgeSums};
