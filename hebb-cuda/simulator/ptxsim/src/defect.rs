//! Defects found in kernels, and their log.

use std::collections::HashSet;
use std::fmt;

/// The kind of defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DefectKind {
    /// An access outside every allocation or array.
    OutOfBounds,
    /// An address that is no multiple of the access size.
    Misaligned,
    /// A read of bytes that were never written.
    Uninitialised,
    /// Two accesses that nothing orders, one of them a plain write.
    Race,
    /// A read through the read-only cache of data that this launch has written.
    StaleReadOnly,
    /// A block barrier that not every thread reaches.
    DivergentBarrier,
    /// A shuffle, vote or warp barrier that never completes or reads a lane outside its mask.
    WarpMask,
    /// An integer division by zero.
    DivisionByZero,
    /// More instructions than one launch may execute.
    Endless,
}

/// A defect, with its kernel and PTX statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// The kind of defect.
    pub kind: DefectKind,
    /// Name of the kernel.
    pub kernel: String,
    /// Description, with block and thread.
    pub message: String,
    /// Line of the PTX text, from 1.
    pub line: usize,
    /// The PTX statement.
    pub text: String,
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} [PTX {}: {}]",
            self.kernel, self.message, self.line, self.text
        )
    }
}

/// Collects defects: at most one of a kind per statement and launch.
#[derive(Debug, Default)]
pub(crate) struct Log {
    reports: Vec<Defect>,
    seen: HashSet<(DefectKind, usize)>,
}

impl Log {
    pub(crate) fn start_launch(&mut self) {
        self.seen.clear();
    }

    pub(crate) fn add(&mut self, report: Defect) {
        if self.seen.insert((report.kind, report.line)) {
            self.reports.push(report);
        }
    }

    pub(crate) fn take(&mut self) -> Vec<Defect> {
        std::mem::take(&mut self.reports)
    }
}
