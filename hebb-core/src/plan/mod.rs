//! Choices that are independent of the rule: similarity, competition, output, pooling, reduction and constraint as data.
//!
//! They are closed enums, each with its scalar definition, so that the compiler lists what a backend lacks.

mod competition;
mod constraint;
mod mask;
mod output;
mod pool;
mod reduction;
mod setting;
mod similarity;
mod unit_rate;

pub use competition::{Competition, Neighbourhood, UnitGrid};
pub use constraint::Constraint;
pub use mask::Mask;
pub use output::Output;
pub use pool::{Pool, PoolKind};
pub use reduction::Reduction;
pub use setting::Setting;
pub use similarity::Similarity;
pub use unit_rate::UnitRate;
