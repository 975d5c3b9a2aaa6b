//! The oracle: a pass and its update in f64 with error bounds, independent of the backend's composition.

mod definitions;
mod matrix;
mod pass;
mod update;

pub(super) use definitions::{activate, compete, scores, similarity};
pub(super) use matrix::exact;
pub(super) use pass::pass;
pub(super) use update::contract;

use super::Bounded;

/// A batch and the state of a layer as plain numbers.
#[derive(Clone, Debug)]
pub(super) struct OracleBatch {
    pub(super) images: usize,
    pub(super) input: Vec<f32>,
    pub(super) weights: Vec<f32>,
    pub(super) thresholds: Option<Vec<f32>>,
    pub(super) states: Vec<f32>,
    pub(super) teacher: Vec<f32>,
}

/// The expected results of a pass.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) similarity: Vec<Bounded>,
    pub(super) activity: Vec<Bounded>,
    pub(super) hebb: Vec<Bounded>,
    pub(super) decay: Vec<Bounded>,
    pub(super) weight: Vec<Bounded>,
    pub(super) active: Vec<Bounded>,
    pub(super) states: Vec<Bounded>,
    pub(super) output: Vec<Bounded>,
}
