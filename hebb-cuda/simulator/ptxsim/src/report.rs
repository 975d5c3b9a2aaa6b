//! What the interpreter has to say about a kernel.

use std::collections::HashSet;
use std::fmt;

/// The kind of defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReportKind {
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

/// One defect, with the kernel and the PTX statement it was found at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The kind of defect.
    pub kind: ReportKind,
    /// Name of the kernel.
    pub kernel: String,
    /// What happened, with block and thread.
    pub message: String,
    /// Line of the PTX text, from 1.
    pub line: usize,
    /// The PTX statement.
    pub text: String,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} [PTX {}: {}]",
            self.kernel, self.message, self.line, self.text
        )
    }
}

/// Collects reports; one of a kind for each statement and launch is enough.
#[derive(Debug, Default)]
pub(crate) struct Log {
    reports: Vec<Report>,
    seen: HashSet<(ReportKind, usize)>,
}

impl Log {
    pub(crate) fn start_launch(&mut self) {
        self.seen.clear();
    }

    pub(crate) fn add(&mut self, report: Report) {
        if self.seen.insert((report.kind, report.line)) {
            self.reports.push(report);
        }
    }

    pub(crate) fn take(&mut self) -> Vec<Report> {
        std::mem::take(&mut self.reports)
    }
}
