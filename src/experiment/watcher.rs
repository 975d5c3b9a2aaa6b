//! Observers of a run.

use super::result::EpochMetrics;
use hebb_core::train::Progress;

/// Who watches a run.
pub trait Watcher {
    /// A phase begins.
    fn phase(&mut self, _name: &str) {}
    /// Something that the user should know.
    fn note(&mut self, _text: &str) {}
    /// A batch was trained on, in this phase of training, from 1.
    fn batch(&mut self, _phase: usize, _progress: Progress) {}
    /// An epoch ended.
    fn epoch(&mut self, _metrics: &EpochMetrics) {}
}

/// Nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Watcher for Unwatched {}
