//! Observers of a run.

use super::result::EpochMetrics;
use hebb_core::train::Progress;

/// An observer of a run; every method does nothing by default.
pub trait Watcher {
    /// A phase begins.
    fn phase(&mut self, _name: &str) {}
    /// A note for the user.
    fn note(&mut self, _text: &str) {}
    /// A training batch of phase `phase`, from 1, is done.
    fn batch(&mut self, _phase: usize, _progress: Progress) {}
    /// An epoch is done.
    fn epoch(&mut self, _metrics: &EpochMetrics) {}
}

/// An observer that does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Watcher for Unwatched {}
